using Lrp.Core;

namespace Lrp.Models.Vision.Parts;

/// <summary>A block of a network, at whose output latent relevance is of interest.</summary>
internal interface INetworkBlock : INeedsNoInterception;
