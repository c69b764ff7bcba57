using Spectre.Console;

namespace Programs;

/// <summary>
/// Shows the progress of a loop as a bar in the terminal. Nothing is shown if the output is redirected.
/// </summary>
public static class ProgressBar
{
    /// <summary>
    /// Returns the items one by one. The loop over them must not print anything; the bar disappears when the loop ends.
    /// </summary>
    /// <typeparam name="T">The items' type.</typeparam>
    /// <param name="what">A description of the work, shown beside the bar.</param>
    /// <param name="items">The items.</param>
    public static IEnumerable<T> Over<T>(string what, IEnumerable<T> items) =>
        AnsiConsole.Profile.Capabilities.Interactive ? Drawn(what, [.. items]) : items;

    private static IEnumerable<T> Drawn<T>(string what, T[] items)
    {
        var started = new TaskCompletionSource<ProgressTask>();
        var finished = new TaskCompletionSource();
        var drawing = AnsiConsole
            .Progress()
            .AutoClear(true)
            .Columns(
                new TaskDescriptionColumn(),
                new ProgressBarColumn(),
                new PercentageColumn(),
                new ElapsedTimeColumn()
            )
            .StartAsync(context =>
            {
                started.SetResult(context.AddTask(Markup.Escape(what), maxValue: items.Length));
                return finished.Task;
            });
        var bar = started.Task.GetAwaiter().GetResult();
        try
        {
            foreach (var item in items)
            {
                yield return item;
                bar.Increment(1);
            }
        }
        finally
        {
            finished.SetResult();
            drawing.GetAwaiter().GetResult();
        }
    }
}
