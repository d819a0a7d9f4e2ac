using Quickstart;

return QuickstartCommand.Invoke(QuickstartCommand.Create(QuickstartRun.Start), args);
