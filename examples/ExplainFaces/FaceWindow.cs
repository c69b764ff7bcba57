using Lrp.Pictures;

namespace ExplainFaces;

/// <summary>A square of a picture, in pixels, and how much it looks like a face.</summary>
/// <param name="Left">The column of its left edge.</param>
/// <param name="Top">The row of its top edge.</param>
/// <param name="Side">Its width and height.</param>
/// <param name="Scanned">The scanner's probability of a face.</param>
internal sealed record FaceWindow(int Left, int Top, int Side, double Scanned)
{
    private const int Border = 2;

    // What MTCNN asks of the first and of the last of its networks.
    private const double LeastScanned = 0.6;
    private const double LeastJudged = 0.7;

    /// <summary>The judge's probability of a face.</summary>
    public double Judged { get; init; }

    /// <summary>Whether both networks see a face.</summary>
    public bool IsFace => Scanned >= LeastScanned && Judged >= LeastJudged;

    /// <summary>The size and the column and row of the upper left corner.</summary>
    public override string ToString() => $"{Side} x {Side} at ({Left}, {Top})";

    /// <summary>The area that two windows share, over the area of both together.</summary>
    public double Overlap(FaceWindow other)
    {
        var width = Math.Min(Left + Side, other.Left + other.Side) - Math.Max(Left, other.Left);
        var height = Math.Min(Top + Side, other.Top + other.Side) - Math.Max(Top, other.Top);
        var shared = (double)Math.Max(0, width) * Math.Max(0, height);
        return shared / (((double)Side * Side) + ((double)other.Side * other.Side) - shared);
    }

    /// <summary>The window in the size that the judge is given.</summary>
    public Picture CutFrom(Picture picture)
    {
        var part = new Picture(Side, Side);
        part.Paste(picture, -Left, -Top);
        return part.Resize(FaceNetworks.JudgedSide, FaceNetworks.JudgedSide);
    }

    /// <summary>The whole picture, with a frame around the window.</summary>
    /// <param name="picture">The picture.</param>
    /// <param name="height">The height of the result; its width is in proportion.</param>
    public Picture Framed(Picture picture, int height)
    {
        var scale = (double)height / picture.Height;
        var framed = picture.Resize(Math.Max(1, (int)Math.Round(picture.Width * scale)), height);
        var colour = Rgb.Hex(0xff2020);
        var side = Math.Max(1, (int)(Side * scale));
        var (lying, standing) = (new Picture(side, Border, colour), new Picture(Border, side, colour));
        var (left, top) = ((int)(Left * scale), (int)(Top * scale));
        framed.Paste(lying, left, top);
        framed.Paste(lying, left, top + side - Border);
        framed.Paste(standing, left, top);
        framed.Paste(standing, left + side - Border, top);
        return framed;
    }
}
