using System.CommandLine;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Programs;

/// <summary>The arguments of a program. What is wrong with them, or with the data they name, is said in one sentence, with exit code 2.</summary>
public static class CommandLine
{
    private const int Refused = 2;

    /// <summary>Starts a program whose only argument is <c>--out DIR</c>.</summary>
    /// <param name="arguments">The arguments.</param>
    /// <param name="about">What the program does, for <c>--help</c>.</param>
    /// <returns>The full path of the folder for its files, which is there and can be written to; <c>./out</c> if none is given.</returns>
    public static string Start(string[] arguments, string about)
    {
        Option<string> folder = OutputFolder("out");
        return Writable(Read(new RootCommand(about) { folder }, arguments).GetRequiredValue(folder));
    }

    /// <summary>The option <c>--out DIR</c>, the name of a folder; see <see cref="Writable"/>.</summary>
    /// <param name="folder">The folder if none is given.</param>
    public static Option<string> OutputFolder(string folder) => new("--out")
    {
        Description = "The folder for the program's files, which is made where it is missing",
        HelpName = "DIR",
        DefaultValueFactory = _ => folder,
    };

    /// <summary>The argument <c>FOLDER</c> of a trainer, where its data are. An option that is not known is no folder.</summary>
    /// <param name="holds">What the folder holds.</param>
    public static Argument<string> DataFolder(string holds)
    {
        Argument<string> folder = new("FOLDER") { Description = holds };
        folder.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: ['-', ..] } token])
            {
                result.AddError($"Unrecognized command or argument '{token.Value}'.");
            }
        });
        return folder;
    }

    /// <summary>The option <c>--epochs N</c> of a trainer: how often it sees every example, at least once.</summary>
    /// <param name="usual">The number if none is given.</param>
    public static Option<int> Epochs(int usual)
    {
        Option<int> epochs = new("--epochs")
        {
            Description = "How often every example is seen",
            HelpName = "N",
            DefaultValueFactory = _ => usual,
        };
        epochs.Validators.Add(result =>
        {
            if (int.TryParse(result.Tokens.SingleOrDefault()?.Value, CultureInfo.InvariantCulture, out int number) && number < 1)
            {
                result.AddError("--epochs needs a number from 1 on.");
            }
        });
        return epochs;
    }

    /// <summary>The option <c>--seed N</c> of a trainer.</summary>
    /// <param name="usual">The number if none is given.</param>
    public static Option<int> Seed(int usual) => new("--seed")
    {
        Description = "The seed of random weights and order",
        HelpName = "N",
        DefaultValueFactory = _ => usual,
    };

    /// <summary>Reads a program's arguments. The process ends here after <c>--help</c> and <c>--version</c>, and where an argument is wrong.</summary>
    /// <param name="command">The arguments that the program knows.</param>
    /// <param name="arguments">Those that were given.</param>
    /// <remarks>
    /// From here on numbers are written the same in every country, and a file that cannot be read or written, or does not hold what it
    /// should, ends the process as a wrong argument does.
    /// </remarks>
    public static ParseResult Read(RootCommand command, string[] arguments)
    {
        CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        AppDomain.CurrentDomain.UnhandledException += (_, thrown) =>
        {
            if (thrown.ExceptionObject is IOException or InvalidDataException or UnauthorizedAccessException or FormatException)
            {
                Refuse(((Exception)thrown.ExceptionObject).Message);
            }
        };

        // An argument that begins with @ is a name like any other, not a file of arguments.
        ParseResult result = command.Parse(arguments, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (result.Errors.Count > 0)
        {
            Refuse($"{result.Errors[0].Message} --help lists the arguments.");
        }

        if (result.Action is not null)
        {
            Environment.Exit(result.Invoke());
        }

        return result;
    }

    /// <summary>Says what is wrong and ends the process.</summary>
    /// <param name="reason">One sentence.</param>
    [DoesNotReturn]
    public static void Refuse(string reason)
    {
        Console.Error.WriteLine(reason);
        Environment.Exit(Refused);
    }

    /// <summary>Makes a folder where it is missing and tries to write to it. The process ends here where that cannot be done.</summary>
    /// <param name="name">What <c>--out</c> was given.</param>
    /// <returns>The folder's full path.</returns>
    public static string Writable(string name)
    {
        if (File.Exists(name))
        {
            Refuse($"--out names the file '{name}'; name a folder.");
        }

        try
        {
            string folder = Directory.CreateDirectory(name).FullName;
            using FileStream trial = new(Path.Combine(folder, Path.GetRandomFileName()), new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.Write,
                Options = FileOptions.DeleteOnClose,
            });
            return folder;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            Refuse($"No files can be written to the folder '{name}' after --out; name another one. ({exception.Message})");
            throw;
        }
    }
}
