namespace GSS.ML;
