// The command lrp.
return Lrp.Cli.Application.Run(args, Console.Out, Console.Error);
