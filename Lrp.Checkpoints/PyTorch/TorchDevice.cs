namespace Lrp.Checkpoints.PyTorch;

/// <summary>A device that is named in a file; tensors are read to the CPU or to the module's device.</summary>
/// <param name="Name">PyTorch's name of it, such as cuda:0.</param>
internal sealed record TorchDevice(string Name);
