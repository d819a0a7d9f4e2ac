using CamVid;

return CamVidCommand.Invoke(args, CamVidRun.Start);
