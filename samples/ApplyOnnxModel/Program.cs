using ApplyOnnxModel;

return MaskCommand.Run(args, Console.Out, Console.Error);
