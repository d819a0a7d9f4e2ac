import * as ort from './node_modules/onnxruntime-web/dist/ort.wasm.min.mjs';

/** A file of ExportToOnnx with bytes as pixels (ImageType UInt8, Layout Hwc): image in, labels out, nothing to be done before or after. */
export class Segmenter {
  #session;

  constructor(session, classes) {
    this.#session = session;
    this.classes = classes;
  }

  /** Opens a model; classes.json has the names and colours of its classes, which ONNX Runtime Web does not read from the file's metadata. */
  static async load(modelPath, classesPath) {
    // Threads need the headers of cross-origin isolation (serve.mjs sends them).
    ort.env.wasm.numThreads = self.crossOriginIsolated ? Math.min(4, navigator.hardwareConcurrency) : 1;
    const classes = await fetch(classesPath);
    if (!classes.ok) throw new Error(`'${classesPath}' was not found; export a model first, README.md says how.`);
    return new Segmenter(await ort.InferenceSession.create(modelPath, { executionProviders: ['wasm'] }), await classes.json());
  }

  get threads() {
    return ort.env.wasm.numThreads;
  }

  /** The class of each pixel of an ImageData, row by row. */
  async predict(image) {
    const pixels = new Uint8Array(3 * image.width * image.height);
    for (let from = 0, to = 0; to < pixels.length; from++) {
      if (from % 4 !== 3) pixels[to++] = image.data[from];
    }
    const input = new ort.Tensor('uint8', pixels, [1, image.height, image.width, 3]);
    const { labels } = await this.#session.run({ image: input }, ['labels']);
    return new Uint8Array(labels.data);
  }
}
