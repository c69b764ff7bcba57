using Lrp.Pictures;

namespace Programs;

/// <summary>The relevance of frequencies beside the energy that a sound has there.</summary>
public static class FrequencyChart
{
    /// <summary>Makes the chart.</summary>
    /// <param name="title">Its title.</param>
    /// <param name="step">The number of hertz between two frequencies, the first of which is 0.</param>
    /// <param name="relevance">The relevance of each frequency.</param>
    /// <param name="energy">The energy at each frequency.</param>
    /// <param name="count">How many frequencies are shown.</param>
    public static ReportChart Of(string title, double step, double[] relevance, double[] energy, int count)
    {
        return new ReportChart(
            title,
            "hertz",
            "share",
            [("relevance", Shares(relevance)), ("energy of the sound", Shares(energy))]
        );

        IReadOnlyList<(double X, double Y)> Shares(double[] values)
        {
            var total = values.Sum(Math.Abs);
            return [.. values.Take(count).Select((value, k) => (k * step, value / total))];
        }
    }
}
