using Lrp.Checkpoints;
using Microsoft.Extensions.Logging;
using static TorchSharp.torch;

namespace Lrp.Analysis.Probes;

/// <summary>A linear map from a layer's neurons to classes, or to a number.</summary>
/// <remarks>
/// Dalvi et al., "What is one grain of sand in the desert? Analyzing individual neurons in deep NLP models", AAAI 2019;
/// the semantics are those of NeuroX.
/// </remarks>
public sealed class LinearProbe : IDisposable
{
    private const string TaskKey = "task";
    private const string NamesKey = "classes";

    /// <summary>Creates a probe from weights and takes ownership of them.</summary>
    /// <param name="weight">(classes, neurons); one row for a regression.</param>
    /// <param name="bias">(classes).</param>
    /// <param name="task">Whether the probe predicts classes or numbers.</param>
    /// <param name="classNames">Names of the classes; null for their numbers.</param>
    /// <exception cref="ArgumentException">Shapes and names do not match.</exception>
    public LinearProbe(
        Tensor weight,
        Tensor bias,
        ProbeTask task = ProbeTask.Classification,
        IReadOnlyList<string>? classNames = null
    )
    {
        ArgumentNullException.ThrowIfNull(weight);
        ArgumentNullException.ThrowIfNull(bias);
        if (weight.dim() != 2 || bias.dim() != 1 || bias.shape[0] != weight.shape[0])
        {
            throw new ArgumentException(
                $"A probe needs a weight (classes, neurons) and a bias (classes); they are "
                    + $"({string.Join(", ", weight.shape)}) and ({string.Join(", ", bias.shape)})."
            );
        }

        if (task == ProbeTask.Regression && weight.shape[0] != 1)
        {
            throw new ArgumentException($"A regression has one output; the weight has {weight.shape[0]} rows.");
        }

        if (classNames is not null && classNames.Count != weight.shape[0])
        {
            throw new ArgumentException($"There are {weight.shape[0]} classes, but {classNames.Count} names.");
        }

        Weight = weight.detach().DetachFromDisposeScope();
        Bias = bias.detach().DetachFromDisposeScope();
        Task = task;
        ClassNames =
            classNames
            ??
            [
                .. Enumerable
                    .Range(0, (int)weight.shape[0])
                    .Select(index => index.ToString(System.Globalization.CultureInfo.InvariantCulture)),
            ];
    }

    /// <summary>The weights, (classes, neurons).</summary>
    public Tensor Weight { get; }

    /// <summary>The bias, (classes).</summary>
    public Tensor Bias { get; }

    /// <summary>Whether the probe predicts classes or numbers.</summary>
    public ProbeTask Task { get; }

    /// <summary>The classes' names, in the order of their labels.</summary>
    public IReadOnlyList<string> ClassNames { get; }

    /// <summary>The number of classes; 1 for a regression.</summary>
    public long Classes => Weight.shape[0];

    /// <summary>The number of neurons that the probe reads.</summary>
    public long Neurons => Weight.shape[1];

    /// <summary>Trains a probe.</summary>
    /// <param name="activations">
    /// (rows, neurons), of any floating-point type, on any device; the training runs on this device.
    /// </param>
    /// <param name="labels">(rows): class numbers from 0, or numbers for a regression.</param>
    /// <param name="options">Options of the training; null for the defaults.</param>
    /// <param name="progress">Receives a report after every epoch or step.</param>
    /// <param name="logger">Receives messages about the training.</param>
    /// <returns>The probe; the caller disposes it.</returns>
    /// <exception cref="ArgumentException">
    /// The data is empty, contains NaN, a single class or labels out of range, or does not fit the options.
    /// </exception>
    public static LinearProbe Train(
        Tensor activations,
        Tensor labels,
        ProbeOptions? options = null,
        IProgress<ProbeProgress>? progress = null,
        ILogger? logger = null
    )
    {
        options ??= new ProbeOptions();
        options.Validate();
        ProbeData.CheckActivations(activations);
        ProbeData.CheckRows(activations, labels);
        long classes = 1;
        if (options.Task == ProbeTask.Classification)
        {
            classes = ProbeData.CheckClasses(labels, options.Classes ?? options.ClassNames?.Count);
            ProbeData.CheckTwoClasses(labels);
        }
        else
        {
            ProbeData.CheckNumbers(labels);
        }

        using var scope = NewDisposeScope();
        var target = labels.to(activations.device);
        var (weight, bias) = (options.IsExact, options.Task) switch
        {
            (false, _) => AdamTraining.Run(activations, target, classes, options, progress, logger),
            (true, ProbeTask.Regression) => RidgeRegression.Solve(activations, target, options.L2),
            _ => LogisticRegression.Solve(activations, target, classes, options, progress, logger),
        };
        return new LinearProbe(weight, bias, options.Task, options.ClassNames);
    }

    /// <summary>Computes the scores of rows.</summary>
    /// <param name="activations">(rows, neurons).</param>
    /// <returns>(rows, classes): logits, or predicted numbers.</returns>
    public Tensor Scores(Tensor activations)
    {
        ArgumentNullException.ThrowIfNull(activations);
        if (activations.dim() != 2 || activations.shape[1] != Neurons)
        {
            throw new ArgumentException(
                $"The probe reads (rows, {Neurons}); the activations are ({string.Join(", ", activations.shape)})."
            );
        }

        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var weight = Weight.to(activations.device);
        var bias = Bias.to(activations.device);
        return nn.functional.linear(activations.to(weight.dtype), weight, bias).MoveToOuterDisposeScope();
    }

    /// <summary>Predicts the class or the number of each row.</summary>
    /// <param name="activations">(rows, neurons).</param>
    /// <returns>(rows): class numbers, or numbers for a regression.</returns>
    public Tensor Predict(Tensor activations)
    {
        using var scope = NewDisposeScope();
        var scores = Scores(activations);
        return (Task == ProbeTask.Regression ? scores.squeeze(1) : scores.argmax(1)).MoveToOuterDisposeScope();
    }

    /// <summary>Evaluates the probe.</summary>
    /// <param name="activations">(rows, neurons).</param>
    /// <param name="labels">(rows).</param>
    /// <param name="tokens">The source token of each row, for the list of predictions; null for none.</param>
    /// <param name="batchSize">The number of rows that are evaluated at once.</param>
    /// <returns>Scores overall and for each class, and the predictions.</returns>
    public ProbeEvaluation Evaluate(
        Tensor activations,
        Tensor labels,
        IReadOnlyList<string>? tokens = null,
        int batchSize = 4096
    )
    {
        ProbeData.CheckActivations(activations);
        ProbeData.CheckRows(activations, labels);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(batchSize);
        if (tokens is not null && tokens.Count != labels.shape[0])
        {
            throw new ArgumentException($"There are {labels.shape[0]} rows, but {tokens.Count} tokens.");
        }

        if (Task == ProbeTask.Classification)
        {
            _ = ProbeData.CheckClasses(labels, Classes);
        }

        using var scope = NewDisposeScope();
        var parts = new List<Tensor>();
        for (long start = 0; start < activations.shape[0]; start += batchSize)
        {
            parts.Add(Predict(activations.narrow(0, start, Math.Min(batchSize, activations.shape[0] - start))));
        }

        var predicted = parts.Count == 1 ? parts[0] : cat(parts);
        return Task == ProbeTask.Classification
            ? ProbeEvaluation.OfClasses(
                Values<long>(predicted, ScalarType.Int64),
                Values<long>(labels, ScalarType.Int64),
                ClassNames,
                tokens
            )
            : ProbeEvaluation.OfNumbers(
                Values<double>(predicted, ScalarType.Float64),
                Values<double>(labels, ScalarType.Float64),
                tokens
            );
    }

    /// <summary>Saves the probe as a safetensors file.</summary>
    /// <param name="path">The path of the file.</param>
    public void Save(string path) =>
        SafetensorsFile.Save(
            path,
            new Dictionary<string, Tensor> { ["weight"] = Weight, ["bias"] = Bias },
            new Dictionary<string, string>
            {
                [TaskKey] = Task.ToString(),
                [NamesKey] = System.Text.Json.JsonSerializer.Serialize(ClassNames),
            }
        );

    /// <summary>Loads a saved probe.</summary>
    /// <param name="path">The path of the file.</param>
    public static LinearProbe Load(string path)
    {
        using var file = SafetensorsFile.Open(path);
        var task = file.Metadata.TryGetValue(TaskKey, out var name)
            ? Enum.Parse<ProbeTask>(name)
            : ProbeTask.Classification;
        var names = file.Metadata.TryGetValue(NamesKey, out var json)
            ? System.Text.Json.JsonSerializer.Deserialize<string[]>(json)
            : null;
        return new LinearProbe(file.ReadTensor("weight"), file.ReadTensor("bias"), task, names);
    }

    /// <summary>Frees the weights.</summary>
    public void Dispose()
    {
        Weight.Dispose();
        Bias.Dispose();
    }

    private static T[] Values<T>(Tensor tensor, ScalarType type)
        where T : unmanaged => tensor.to(type).cpu().contiguous().data<T>().ToArray();
}
