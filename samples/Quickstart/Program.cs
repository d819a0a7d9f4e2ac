using Quickstart;

return CommandLine.Invoke(QuickstartCommand.Create(QuickstartRun.Start), args);
