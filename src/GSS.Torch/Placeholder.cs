namespace GSS.Torch;
