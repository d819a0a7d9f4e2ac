using WebApp;

return WebCommand.Invoke(args, WebRun.Start);
