using TorchSharp.Modules;

namespace TorchSharp;

/// <content>Factories of the modules of this family.</content>
public static partial class torch
{
    public static partial class nn
    {
        public static CosineSimilarity CosineSimilarity(long dim = 1, double eps = 1e-8) =>
            new(dim, eps);

        public static PairwiseDistance PairwiseDistance(double p = 2.0, double eps = 1e-6, bool keepdim = false) =>
            new(p, eps, keepdim);
    }
}
