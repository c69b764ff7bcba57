namespace Lrp.Pictures;

/// <summary>A picture: rows of colours from the top left, to be saved as PNG or put into a page.</summary>
public sealed class Picture
{
    private readonly Rgb[] _pixels;

    /// <summary>A picture of one colour.</summary>
    /// <param name="width">Its width in pixels.</param>
    /// <param name="height">Its height in pixels.</param>
    /// <param name="fill">The colour.</param>
    public Picture(int width, int height, Rgb fill = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        Width = width;
        Height = height;
        _pixels = new Rgb[checked(width * height)];
        Array.Fill(_pixels, fill);
    }

    /// <summary>The width in pixels.</summary>
    public int Width { get; }

    /// <summary>The height in pixels.</summary>
    public int Height { get; }

    /// <summary>The colour of a pixel.</summary>
    /// <param name="x">Its column, 0 the leftmost.</param>
    /// <param name="y">Its row, 0 the topmost.</param>
    public Rgb this[int x, int y]
    {
        get => _pixels[Index(x, y)];
        set => _pixels[Index(x, y)] = value;
    }

    /// <summary>The pixels of a row, from the left.</summary>
    /// <param name="y">The row, 0 the topmost.</param>
    public ReadOnlySpan<Rgb> Row(int y) => _pixels.AsSpan(Index(0, y), Width);

    /// <summary>The picture with every pixel a square of pixels, which keeps small heatmaps sharp.</summary>
    /// <param name="factor">The side of the square.</param>
    public Picture Enlarge(int factor)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(factor);
        if (factor == 1)
        {
            return this;
        }

        var larger = new Picture(checked(Width * factor), checked(Height * factor));
        for (int y = 0; y < larger.Height; y++)
        {
            for (int x = 0; x < larger.Width; x++)
            {
                larger[x, y] = this[x / factor, y / factor];
            }
        }

        return larger;
    }

    /// <summary>Copies a picture into this one; what would lie outside is cut off.</summary>
    /// <param name="picture">The picture to copy.</param>
    /// <param name="left">The column of its left edge.</param>
    /// <param name="top">The row of its top edge.</param>
    public void Paste(Picture picture, int left, int top)
    {
        ArgumentNullException.ThrowIfNull(picture);
        for (int y = Math.Max(0, -top); y < picture.Height && top + y < Height; y++)
        {
            for (int x = Math.Max(0, -left); x < picture.Width && left + x < Width; x++)
            {
                this[left + x, top + y] = picture[x, y];
            }
        }
    }

    /// <summary>The picture as the bytes of a PNG file.</summary>
    public byte[] ToPng() => PngEncoder.Encode(this);

    /// <summary>Saves the picture as a PNG file; missing folders are made.</summary>
    /// <param name="path">The file.</param>
    public void SavePng(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder)
        {
            Directory.CreateDirectory(folder);
        }

        File.WriteAllBytes(path, ToPng());
    }

    /// <summary>The picture as a <c>data:</c> URI, so that a page can hold it without a second file.</summary>
    public string ToDataUri() => "data:image/png;base64," + Convert.ToBase64String(ToPng());

    private int Index(int x, int y)
    {
        if ((uint)x >= (uint)Width || (uint)y >= (uint)Height)
        {
            throw new ArgumentOutOfRangeException($"Pixel ({x}, {y}) lies outside a picture of {Width} x {Height}.", (Exception?)null);
        }

        return (y * Width) + x;
    }
}
