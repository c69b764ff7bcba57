using static TorchSharp.torch;

namespace ExplainFaces;

/// <summary>Drawn pictures of bright discs. A disc with two dark dots and a dark line is a face.</summary>
internal static class DrawnFaces
{
    /// <summary>The brightness of dots and lines, from 0 to 1; everything else is brighter than twice that.</summary>
    public const double Dark = 0.1;

    /// <summary>Random squares: half of them show a whole face, the others a disc or a part of a face.</summary>
    /// <param name="count">N, the number of squares.</param>
    /// <param name="side">The side of each.</param>
    /// <returns>Pictures, N × 3 × side × side, from 0 to 1; and which of them are faces, N.</returns>
    public static (Tensor Pictures, Tensor IsFace) Samples(int count, int side)
    {
        using var scope = NewDisposeScope();
        var isFace = rand(count) < 0.5;
        var hasFace = isFace.logical_or(rand(count) < 0.5);

        // A face counts if it fills the square. Other faces lie off the middle, discs without a face anywhere.
        var off = where(isFace, rand(count) * 0.06, where(hasFace, 0.3 + (rand(count) * 0.5), rand(count) * 0.5));
        var angle = rand(count) * (2 * Math.PI);
        var radius = where(isFace, 0.4 + (rand(count) * 0.1), 0.2 + (rand(count) * 0.8));
        var places = stack([0.5 + (off * angle.cos()), 0.5 + (off * angle.sin()), radius], 1) * side;
        var pictures = WithDiscs(Background(count, side, side), places, hasFace);
        return (pictures.MoveToOuterDisposeScope(), isFace.MoveToOuterDisposeScope());
    }

    /// <summary>A picture of three discs, one of them with a face.</summary>
    /// <returns>3 × 160 × 240, from 0 to 1.</returns>
    public static Tensor Scene()
    {
        using var scope = NewDisposeScope();
        var scene = Background(1, 160, 240);
        (float X, float Y, float Radius, bool HasFace)[] discs =
        [
            (52, 55, 34, false),
            (130, 100, 38, true),
            (205, 50, 24, false),
        ];
        foreach (var (x, y, radius, hasFace) in discs)
        {
            scene = WithDiscs(
                scene,
                tensor(
                    new[,]
                    {
                        { x, y, radius },
                    }
                ),
                tensor(new[] { hasFace })
            );
        }

        return scene[0].MoveToOuterDisposeScope();
    }

    /// <summary>Grey with a little noise.</summary>
    private static Tensor Background(int count, int height, int width) =>
        0.3 + (rand(count, 1, 1, 1) * 0.3) + (randn(count, 3, height, width) * 0.02);

    /// <summary>Draws one disc over each picture.</summary>
    /// <param name="pictures">N × 3 × height × width.</param>
    /// <param name="places">The column and the row of the disc's centre and its radius, in pixels, N × 3.</param>
    /// <param name="hasFace">Which discs have a face, N.</param>
    private static Tensor WithDiscs(Tensor pictures, Tensor places, Tensor hasFace)
    {
        // Coordinates in radii from the centre; a border is one pixel wide.
        var (height, width) = (pictures.shape[2], pictures.shape[3]);
        var place = places.reshape(-1, 3, 1, 1, 1);
        var radius = place[.., 2];
        var x = (arange(width, dtype: ScalarType.Float32) + 0.5 - place[.., 0]) / radius;
        var y = ((arange(height, dtype: ScalarType.Float32) + 0.5).unsqueeze(1) - place[.., 1]) / radius;
        Tensor Inside(Tensor distance) => ((distance * radius) + 0.5).clamp(0, 1);

        var disc = Inside(1 - (x.square() + y.square()).sqrt());
        var dots = Inside(0.2 - ((x.abs() - 0.4).square() + (y + 0.25).square()).sqrt());
        var line = Inside(minimum(0.5 - x.abs(), 0.12 - (y - 0.45).abs()));
        var dark = maximum(dots, line) * hasFace.reshape(-1, 1, 1, 1);
        var brightness = 0.7 + (rand(pictures.shape[0], 3, 1, 1) * 0.3);
        var withDisc = pictures + (disc * (brightness - pictures));
        return withDisc + (dark * (Dark - withDisc));
    }
}
