using Lrp.Core.State;
using Microsoft.Extensions.Logging;
using static TorchSharp.torch;

namespace Lrp.Analysis.Activations;

/// <summary>Extracts the outputs of modules of a model for a data set, batch by batch.</summary>
/// <remarks>
/// A layer that returns (samples, positions, neurons) gives one row per word. Any other layer gives one row per sample,
/// with its further dimensions flattened. No gradients are recorded.
/// </remarks>
public static class ActivationExtractor
{
    /// <summary>Extracts activations into memory.</summary>
    /// <param name="model">The model.</param>
    /// <param name="layers">Names of modules, as in a state dict.</param>
    /// <param name="batches">The data set. Its inputs are not disposed.</param>
    /// <param name="options">Options of the extraction; null for the defaults.</param>
    /// <param name="progress">Receives a report after each batch.</param>
    /// <param name="logger">Receives a message with the result.</param>
    /// <returns>The activations; the caller disposes them.</returns>
    /// <exception cref="ArgumentException">
    /// A module does not exist, there is no batch, or labels and rows differ in number.
    /// </exception>
    public static ActivationSet Extract(
        nn.Module<Tensor, Tensor> model,
        IReadOnlyList<string> layers,
        IEnumerable<ActivationBatch> batches,
        ExtractionOptions? options = null,
        IProgress<ExtractionProgress>? progress = null,
        ILogger? logger = null
    )
    {
        ArgumentNullException.ThrowIfNull(model);
        return Extract(model, batch => model.call(batch.Input), layers, batches, options, progress, logger);
    }

    /// <summary>Extracts activations of a model of any signature into memory.</summary>
    /// <param name="model">The model.</param>
    /// <param name="forward">
    /// Runs the model by its <c>call</c> on a batch: <c>batch => model.call(new(batch.Input, batch.Further[0]))</c>.
    /// </param>
    /// <param name="layers">Names of modules, as in a state dict.</param>
    /// <param name="batches">The data set. Its inputs are not disposed.</param>
    /// <param name="options">Options of the extraction; null for the defaults.</param>
    /// <param name="progress">Receives a report after each batch.</param>
    /// <param name="logger">Receives a message with the result.</param>
    /// <returns>The activations; the caller disposes them.</returns>
    /// <exception cref="ArgumentException">
    /// A module does not exist, there is no batch, or labels and rows differ in number.
    /// </exception>
    public static ActivationSet Extract(
        nn.Module model,
        Action<ActivationBatch> forward,
        IReadOnlyList<string> layers,
        IEnumerable<ActivationBatch> batches,
        ExtractionOptions? options = null,
        IProgress<ExtractionProgress>? progress = null,
        ILogger? logger = null
    )
    {
        options ??= new ExtractionOptions();
        using var scope = NewDisposeScope();
        var parts = layers.ToDictionary(layer => layer, _ => new List<Tensor>());
        var labels = new List<double>();
        var tokens = new List<string>();
        Each(
            model,
            forward,
            layers,
            batches,
            options,
            progress,
            (batch, rows) =>
            {
                foreach (var (layer, tensor) in rows)
                {
                    var kept = options.Device is null ? tensor : tensor.to(options.Device);
                    parts[layer].Add(kept.MoveToOuterDisposeScope());
                }

                labels.AddRange(batch.Labels);
                tokens.AddRange(batch.Tokens);
            }
        );
        var joined = parts.ToDictionary(entry => entry.Key, entry => cat(entry.Value).DetachFromDisposeScope());
        var set = new ActivationSet([.. layers], joined, labels, tokens);
        logger?.LogInformation("Extracted {Rows} rows of {Layers} layers", set.Rows, layers.Count);
        return set;
    }

    /// <summary>
    /// Extracts activations into safetensors shards in a folder, one shard per batch, so that only one batch is in
    /// memory at a time.
    /// </summary>
    /// <param name="folder">The folder; it is created if necessary, and must contain no shards.</param>
    /// <param name="model">The model.</param>
    /// <param name="layers">Names of modules, as in a state dict.</param>
    /// <param name="batches">The data set. Its inputs are not disposed.</param>
    /// <param name="options">Options of the extraction; null for the defaults.</param>
    /// <param name="progress">Receives a report after each batch.</param>
    /// <param name="logger">Receives a message with the result.</param>
    /// <returns>The shards, open; the caller disposes them.</returns>
    public static ActivationShards ExtractTo(
        string folder,
        nn.Module<Tensor, Tensor> model,
        IReadOnlyList<string> layers,
        IEnumerable<ActivationBatch> batches,
        ExtractionOptions? options = null,
        IProgress<ExtractionProgress>? progress = null,
        ILogger? logger = null
    )
    {
        ArgumentNullException.ThrowIfNull(model);
        return ExtractTo(folder, model, batch => model.call(batch.Input), layers, batches, options, progress, logger);
    }

    /// <summary>
    /// Extracts activations of a model of any signature into safetensors shards in a folder, one shard per batch, so
    /// that only one batch is in memory at a time.
    /// </summary>
    /// <param name="folder">The folder; it is created if necessary, and must contain no shards.</param>
    /// <param name="model">The model.</param>
    /// <param name="forward">
    /// Runs the model by its <c>call</c> on a batch: <c>batch => model.call(new(batch.Input, batch.Further[0]))</c>.
    /// </param>
    /// <param name="layers">Names of modules, as in a state dict.</param>
    /// <param name="batches">The data set. Its inputs are not disposed.</param>
    /// <param name="options">Options of the extraction; null for the defaults.</param>
    /// <param name="progress">Receives a report after each batch.</param>
    /// <param name="logger">Receives a message with the result.</param>
    /// <returns>The shards, open; the caller disposes them.</returns>
    public static ActivationShards ExtractTo(
        string folder,
        nn.Module model,
        Action<ActivationBatch> forward,
        IReadOnlyList<string> layers,
        IEnumerable<ActivationBatch> batches,
        ExtractionOptions? options = null,
        IProgress<ExtractionProgress>? progress = null,
        ILogger? logger = null
    )
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        var writer = new ShardWriter(folder, layers);
        Each(model, forward, layers, batches, options ?? new ExtractionOptions(), progress, writer.Write);
        writer.Finish();
        var shards = ActivationShards.Open(folder);
        logger?.LogInformation(
            "Extracted {Rows} rows of {Layers} layers to {Folder}",
            shards.Rows,
            layers.Count,
            folder
        );
        return shards;
    }

    private static void Each(
        nn.Module model,
        Action<ActivationBatch> forward,
        IReadOnlyList<string> layers,
        IEnumerable<ActivationBatch> batches,
        ExtractionOptions options,
        IProgress<ExtractionProgress>? progress,
        Action<ActivationBatch, Dictionary<string, Tensor>> take
    )
    {
        ArgumentNullException.ThrowIfNull(batches);
        ArgumentNullException.ThrowIfNull(forward);
        using var recorder = new LayerRecorder(model, layers);
        using var noGrad = no_grad();
        var training = model.training;
        if (!options.KeepTrainingMode)
        {
            model.eval();
        }

        (long batchCount, long rowCount) = (0, 0);
        try
        {
            using var state = ModelState.Capture(model);
            foreach (var batch in batches)
            {
                using var scope = NewDisposeScope();
                if (batch.Input.numel() == 0)
                {
                    throw new ArgumentException(
                        $"Batch {batchCount} is empty: its input is ({string.Join(", ", batch.Input.shape)})."
                    );
                }

                recorder.Begin();
                forward(batch);
                state.Restore();
                var rows = new Dictionary<string, Tensor>();
                foreach (var layer in layers)
                {
                    var found = WordRows.Of(recorder.Output(layer), batch, options, layer);
                    rows[layer] = options.Type is { } type ? found.to(type) : found;
                }

                Check(batch, rows, batchCount);
                rowCount += rows[layers[0]].shape[0];
                batchCount++;
                take(batch, rows);
                progress?.Report(new ExtractionProgress(batchCount, rowCount));
            }
        }
        finally
        {
            model.train(training);
        }

        if (rowCount == 0)
        {
            throw new ArgumentException(
                batchCount == 0 ? "The data set has no batches." : $"The {batchCount} batches have no words."
            );
        }
    }

    private static void Check(ActivationBatch batch, Dictionary<string, Tensor> rows, long number)
    {
        var count = rows.First().Value.shape[0];
        foreach (var (layer, tensor) in rows)
        {
            if (tensor.shape[0] != count)
            {
                throw new ArgumentException(
                    $"'{rows.First().Key}' gives {count} rows, but '{layer}' gives {tensor.shape[0]}; extract layers "
                        + "with one row per word separately from layers with one row per sample."
                );
            }
        }

        if (batch.Labels.Count != 0 && batch.Labels.Count != count)
        {
            throw new ArgumentException($"Batch {number} has {count} rows and {batch.Labels.Count} labels.");
        }

        if (batch.Tokens.Count != 0 && batch.Tokens.Count != count)
        {
            throw new ArgumentException($"Batch {number} has {count} rows and {batch.Tokens.Count} tokens.");
        }
    }
}
