using Chain;

return ChainCommand.Invoke(args);
