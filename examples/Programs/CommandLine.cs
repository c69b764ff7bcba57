using System.CommandLine;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Programs;

/// <summary>
/// Reads the arguments of a program. Errors in the arguments, or in the data that they name, are reported in one
/// sentence, and the exit code is 2.
/// </summary>
public static class CommandLine
{
    private const int Refused = 2;

    /// <summary>Starts a program whose only argument is <c>--out DIR</c>.</summary>
    /// <param name="arguments">The arguments.</param>
    /// <param name="about">A description of the program, for <c>--help</c>.</param>
    /// <returns>
    /// The full path of the folder for the program's files, <c>./out</c> by default. It exists and is writable.
    /// </returns>
    public static string Start(string[] arguments, string about)
    {
        var folder = OutputFolder("out");
        return Writable(Read(new RootCommand(about) { folder }, arguments).GetRequiredValue(folder));
    }

    /// <summary>The option <c>--out DIR</c>, the name of a folder; see <see cref="Writable"/>.</summary>
    /// <param name="folder">The default folder.</param>
    public static Option<string> OutputFolder(string folder) =>
        new("--out")
        {
            Description = "The folder for the program's files; it is created if it does not exist",
            HelpName = "DIR",
            DefaultValueFactory = _ => folder,
        };

    /// <summary>
    /// The argument <c>FOLDER</c> of a trainer, the folder with its data. An unknown option is reported as an error,
    /// not used as a folder.
    /// </summary>
    /// <param name="holds">A description of the folder's content.</param>
    public static Argument<string> DataFolder(string holds) =>
        WithoutOptions<string>(new("FOLDER") { Description = holds });

    /// <summary>The argument <c>FOLDER</c> of a program that has something to do without one, too.</summary>
    /// <param name="holds">A description of the folder's content, and of what happens without it.</param>
    public static Argument<string?> OptionalFolder(string holds) =>
        WithoutOptions<string?>(new("FOLDER") { Description = holds, DefaultValueFactory = _ => null });

    /// <summary>The argument <c>FILE</c> of a program that has something to do without one, too.</summary>
    /// <param name="holds">A description of the file's content, and of what happens without it.</param>
    public static Argument<string?> OptionalFile(string holds) =>
        WithoutOptions<string?>(new("FILE") { Description = holds, DefaultValueFactory = _ => null });

    private static Argument<T> WithoutOptions<T>(Argument<T> argument)
    {
        argument.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: ['-', ..] } token])
            {
                result.AddError($"Unrecognized command or argument '{token.Value}'.");
            }
        });
        return argument;
    }

    /// <summary>
    /// The option <c>--epochs N</c> of a trainer: the number of passes over the training data, at least 1.
    /// </summary>
    /// <param name="usual">The default.</param>
    public static Option<int> Epochs(int usual)
    {
        Option<int> epochs = new("--epochs")
        {
            Description = "The number of passes over the training data",
            HelpName = "N",
            DefaultValueFactory = _ => usual,
        };
        epochs.Validators.Add(result =>
        {
            if (
                int.TryParse(result.Tokens.SingleOrDefault()?.Value, CultureInfo.InvariantCulture, out var number)
                && number < 1
            )
            {
                result.AddError("--epochs must be at least 1.");
            }
        });
        return epochs;
    }

    /// <summary>The option <c>--seed N</c> of a trainer.</summary>
    /// <param name="usual">The default.</param>
    public static Option<int> Seed(int usual) =>
        new("--seed")
        {
            Description = "The seed of the initial weights and of the order",
            HelpName = "N",
            DefaultValueFactory = _ => usual,
        };

    /// <summary>
    /// Reads a program's arguments. Ends the process after <c>--help</c> and <c>--version</c>, and if an argument is
    /// invalid.
    /// </summary>
    /// <param name="command">The arguments that the program supports.</param>
    /// <param name="arguments">The arguments that were given.</param>
    /// <remarks>
    /// From this call on, numbers are formatted independently of the system's culture, and a file that cannot be read
    /// or written or has invalid content ends the process in the same way as an invalid argument.
    /// </remarks>
    public static ParseResult Read(RootCommand command, string[] arguments)
    {
        CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        AppDomain.CurrentDomain.UnhandledException += (_, thrown) =>
        {
            if (
                thrown.ExceptionObject
                is IOException
                    or InvalidDataException
                    or UnauthorizedAccessException
                    or FormatException
            )
            {
                Refuse(((Exception)thrown.ExceptionObject).Message);
            }
        };

        // An argument that begins with @ is an ordinary name, not a file of arguments.
        var result = command.Parse(arguments, new ParserConfiguration { ResponseFileTokenReplacer = null });
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

    /// <summary>Prints an error message and ends the process.</summary>
    /// <param name="reason">The message, one sentence.</param>
    [DoesNotReturn]
    public static void Refuse(string reason)
    {
        Console.Error.WriteLine(reason);
        Environment.Exit(Refused);
    }

    /// <summary>
    /// Creates a folder if it does not exist, and tests that it is writable. Ends the process if it is not.
    /// </summary>
    /// <param name="name">The value of <c>--out</c>.</param>
    /// <returns>The folder's full path.</returns>
    public static string Writable(string name)
    {
        if (File.Exists(name))
        {
            Refuse($"--out is the file '{name}', but must be a folder.");
        }

        try
        {
            var folder = Directory.CreateDirectory(name).FullName;
            using FileStream trial = new(
                Path.Combine(folder, Path.GetRandomFileName()),
                new FileStreamOptions
                {
                    Mode = FileMode.CreateNew,
                    Access = FileAccess.Write,
                    Options = FileOptions.DeleteOnClose,
                }
            );
            return folder;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            Refuse(
                $"No files can be written to the folder '{name}' of --out; choose another one. ({exception.Message})"
            );
            throw;
        }
    }
}
