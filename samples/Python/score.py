"""Scores a photograph with a model that SegmentationModel.ExportToOnnx wrote (bytes, pixels interleaved), and saves a palette PNG of class ids."""

import json
import sys

import numpy as np
import onnxruntime
from PIL import Image, ImageOps

model_path, photograph_path, labels_path = sys.argv[1:4]
session = onnxruntime.InferenceSession(model_path, providers=["CPUExecutionProvider"])
metadata = session.get_modelmeta().custom_metadata_map
names, colors = json.loads(metadata["gss.classes"]), json.loads(metadata["gss.colors"])

# Upright, as GSS.ML reads it: uint8 [1, height, width, 3].
image = np.asarray(ImageOps.exif_transpose(Image.open(photograph_path)).convert("RGB"))[None]
(labels,) = session.run(["labels"], {"image": image})  # uint8 [1, height, width]; 255 is void

picture = Image.fromarray(labels[0]).convert("L")
picture.putpalette([int(color[i : i + 2], 16) for color in colors for i in (1, 3, 5)])
picture.save(labels_path)
for class_id, name in enumerate(names):
    share = float((labels == class_id).mean())
    if share > 0:
        print(f"{name}: {100 * share:.1f} %")
