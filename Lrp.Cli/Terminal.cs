using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Lrp.Pictures;
using Spectre.Console;

namespace Lrp.Cli;

/// <summary>Results go to the output, progress and remarks to the error stream.</summary>
internal sealed class Terminal
{
    private const int WidestLine = 10_000;

    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private readonly TextWriter _output;
    private readonly TextWriter _error;
    private readonly IAnsiConsole _tables;
    private readonly IAnsiConsole _progress;

    public Terminal(TextWriter output, TextWriter error)
    {
        (_output, _error) = (output, error);
        _tables = ConsoleOf(output);
        _progress = ConsoleOf(error);
    }

    /// <summary>Whether the output shows colours.</summary>
    public bool HasColors =>
        _tables.Profile.Out.IsTerminal
        && _tables.Profile.Capabilities.Ansi
        && _tables.Profile.Capabilities.ColorSystem >= ColorSystem.EightBit;

    /// <summary>Writes a line of the result.</summary>
    public void Write(string text) => _output.WriteLine(text.TrimEnd('\n'));

    /// <summary>Writes a result for scripts.</summary>
    public void WriteJson(object value) => Write(ToJson(value));

    /// <summary>A value as JSON.</summary>
    public static string ToJson(object value) => JsonSerializer.Serialize(value, Options);

    /// <summary>Writes a line beside the result.</summary>
    public void Remark(string text) => _error.WriteLine(text);

    /// <summary>Writes a table.</summary>
    /// <param name="table">The table.</param>
    /// <param name="numbersFrom">The first column of numbers, which stand right.</param>
    public void Write(ReportTable table, int numbersFrom = int.MaxValue)
    {
        var drawn = new Table { Border = TableBorder.Simple };
        for (var k = 0; k < table.Columns.Count; k++)
        {
            drawn.AddColumn(
                new TableColumn(new Text(table.Columns[k]))
                {
                    Alignment = k >= numbersFrom ? Justify.Right : Justify.Left,
                }
            );
        }

        foreach (var row in table.Rows)
        {
            drawn.AddRow(row.Select(cell => new Text(cell)));
        }

        if (table.Title.Length > 0)
        {
            Write(table.Title);
        }

        if (_tables.Profile.Out.IsTerminal)
        {
            _tables.Write(drawn);
        }
        else
        {
            WriteTrimmed(drawn);
        }

        if (table.Note.Length > 0)
        {
            Write(table.Note);
        }
    }

    /// <summary>Does something that may take longer; a bar shows it while the error stream is a terminal.</summary>
    /// <param name="what">What is done.</param>
    /// <param name="work">The work; it may report the part that is done, from 0 to 1.</param>
    public T Run<T>(string what, Func<IProgress<double>, T> work)
    {
        if (!_progress.Profile.Out.IsTerminal)
        {
            return work(new Reporter(_ => { }));
        }

        return _progress
            .Progress()
            .AutoClear(true)
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new ElapsedTimeColumn(), new SpinnerColumn())
            .Start(context =>
            {
                var task = context.AddTask(Markup.Escape(what), maxValue: 1);
                task.IsIndeterminate = true;
                return work(
                    new Reporter(part =>
                    {
                        task.IsIndeterminate = false;
                        task.Value = part;
                    })
                );
            });
    }

    /// <summary>In a file each row is one line, however long, without blanks at its end.</summary>
    private void WriteTrimmed(Table table)
    {
        using var text = new StringWriter { NewLine = "\n" };
        var console = ConsoleOf(text);
        console.Profile.Width = WidestLine;
        console.Write(table);
        foreach (var line in text.ToString().Split('\n').Where(line => !string.IsNullOrWhiteSpace(line)))
        {
            _output.WriteLine(line.TrimEnd());
        }
    }

    private static IAnsiConsole ConsoleOf(TextWriter writer) =>
        AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(writer) });

    /// <summary>Reports at once, on the thread of the work.</summary>
    private sealed class Reporter(Action<double> report) : IProgress<double>
    {
        public void Report(double value) => report(value);
    }
}
