using Spectre.Console;

namespace Programs;

/// <summary>A bar in the terminal that says how far a loop is. Redirected output gets none.</summary>
public static class ProgressBar
{
    /// <summary>The items one by one. While the loop over them runs it must not print; the bar is gone when it ends.</summary>
    /// <typeparam name="T">The items' type.</typeparam>
    /// <param name="what">What is being done.</param>
    /// <param name="items">The items.</param>
    public static IEnumerable<T> Over<T>(string what, IEnumerable<T> items) =>
        AnsiConsole.Profile.Capabilities.Interactive ? Drawn(what, [.. items]) : items;

    private static IEnumerable<T> Drawn<T>(string what, T[] items)
    {
        var started = new TaskCompletionSource<ProgressTask>();
        var finished = new TaskCompletionSource();
        Task drawing = AnsiConsole.Progress()
            .AutoClear(true)
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new ElapsedTimeColumn())
            .StartAsync(context =>
            {
                started.SetResult(context.AddTask(Markup.Escape(what), maxValue: items.Length));
                return finished.Task;
            });
        ProgressTask bar = started.Task.GetAwaiter().GetResult();
        try
        {
            foreach (T item in items)
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
