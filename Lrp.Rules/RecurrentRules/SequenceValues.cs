using static TorchSharp.torch;

namespace Lrp.Rules.RecurrentRules;

/// <summary>What a module was given.</summary>
/// <param name="Sequence">Shape (time, batch, features).</param>
/// <param name="Hidden">The initial hidden states, shape (layers·directions, batch, hidden); null for zeros.</param>
/// <param name="Cell">The initial cell states of an LSTM, likewise.</param>
internal sealed record SequenceValues(Tensor Sequence, Tensor? Hidden, Tensor? Cell);

/// <summary>Relevance at the two ends of a module or a layer.</summary>
/// <param name="Sequence">Relevance of a sequence, shape (time, batch, features); null for none.</param>
/// <param name="Hidden">
/// Relevance of hidden states, of a module with a leading dimension of layers·directions; null for none.
/// </param>
/// <param name="Cell">Relevance of cell states, likewise.</param>
internal sealed record SequenceRelevance(Tensor? Sequence, Tensor? Hidden, Tensor? Cell);

/// <summary>The values of all time steps of one layer in one direction.</summary>
/// <param name="Gates">What the steps have left in the projected input, shape (time, batch, gates·hidden).</param>
/// <param name="PastHidden">The hidden state before each step, shape (time, batch, hidden).</param>
/// <param name="Hidden">The hidden state after each step, likewise.</param>
/// <param name="PastCell">The cell state before each step, likewise; null for a cell without one.</param>
/// <param name="Cell">The cell state after each step, likewise.</param>
internal sealed record StepValues(Tensor Gates, Tensor PastHidden, Tensor Hidden, Tensor? PastCell, Tensor? Cell);

/// <summary>
/// How each step hands on the relevance R of its memory, which is the cell state of an LSTM and the hidden state
/// otherwise.
/// </summary>
/// <param name="Signal">R times this is R(v) / s(v), v being the signal before its activation.</param>
/// <param name="Kept">R times this is the relevance of the memory before the step; null where it keeps none.</param>
/// <param name="Reset">What U h is multiplied by in v; null for nothing.</param>
internal sealed record StepShares(Tensor Signal, Tensor? Kept, Tensor? Reset);
