// Lists the operations of the OpenAPI document.

function make(tag, text, ...children) {
  const element = document.createElement(tag);
  element.append(...(text ? [text] : []), ...children);
  return element;
}

const typesOf = content => Object.keys(content ?? {}).join(', ');

// Fields of a form, as in "labels, shares, ids, confidence".
const fieldsOf = content => Object.keys(content?.['multipart/form-data']?.schema?.properties ?? {}).join(', ');

function bodyOf({ description = '', content }) {
  const fields = fieldsOf(content);
  return [description, content && !content['application/problem+json'] ? make('div', '', make('code', typesOf(content)), fields ? ` (parts of the form: ${fields})` : '') : ''];
}

function operationOf(path, method, operation) {
  const article = make('article', '', make('h2', `${method.toUpperCase()} ${path}`), make('p', operation.summary));
  if (operation.requestBody) {
    article.append(make('h3', 'Request'), make('p', '', ...bodyOf(operation.requestBody)));
  }

  const answers = make('dl', '');
  for (const [status, answer] of Object.entries(operation.responses)) {
    answers.append(make('dt', status), make('dd', '', ...bodyOf(answer)));
  }

  article.append(make('h3', 'Answers'), answers);
  return article;
}

async function start() {
  document.getElementById('example').textContent =
    `curl --data-binary @photo.jpg -H "Content-Type: image/jpeg" -H "Accept: image/png" ${new URL('../segment', location)} -o labels.png`;
  const list = document.getElementById('operations');
  const response = await fetch('../openapi/v1.json');
  const { paths } = await response.json();
  const operations = Object.entries(paths).flatMap(([path, methods]) => Object.entries(methods).map(([method, operation]) => operationOf(path, method, operation)));
  list.replaceWith(...operations);
}

start().catch(() => { document.getElementById('operations').textContent = 'The OpenAPI document could not be read: load the page again.'; });
