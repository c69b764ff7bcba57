using System.CommandLine;
using Lrp.Cli.Images;
using Lrp.Cli.Texts;
using Lrp.Pictures;

namespace Lrp.Cli.Commands;

/// <summary><c>lrp methods</c>: what --method takes.</summary>
internal static class MethodsCommand
{
    public static Command Create(Terminal terminal)
    {
        var json = SharedOptions.Json();
        var command = new Command("methods", "Lists the methods, by the names that --method takes.") { json };
        command.SetAction(given =>
        {
            var all = All().ToList();
            if (given.GetValue(json))
            {
                terminal.WriteJson(
                    all.Select(entry => new
                    {
                        entry.Name,
                        entry.For,
                        entry.About,
                    })
                );
            }
            else
            {
                terminal.Write(new ReportTable(string.Empty, ["method", "for", "what it is"], [.. all.Select(Row)]));
            }
        });
        return command;
    }

    private static IEnumerable<(string Name, string For, string About)> All() =>
        TextMethods
            .All.Select(method => (method.Name, "texts", method.About))
            .Concat(ImageMethods.All.Select(method => (method.Name, "images", method.About)));

    private static IReadOnlyList<string> Row((string Name, string For, string About) entry) =>
        [entry.Name, entry.For, entry.About];
}
