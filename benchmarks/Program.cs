using Lrp.Benchmarks;

return Commands.Run(args);
