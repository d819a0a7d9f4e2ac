using Scoring;

return ScoringCommand.Invoke(args, ScoringRun.Start);
