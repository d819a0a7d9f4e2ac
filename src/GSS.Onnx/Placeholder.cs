namespace GSS.Onnx;
