using SkiaSharp;
using TorchSharp;

namespace Lrp.Pictures;

/// <summary>
/// A picture: rows of colours from the top left. It can be loaded from a file, saved, or embedded in a page.
/// </summary>
/// <remarks>It owns no native memory, so it need not be disposed.</remarks>
public sealed class Picture
{
    private readonly Rgb[] _pixels;

    /// <summary>Creates a picture of one colour.</summary>
    /// <param name="width">The width in pixels.</param>
    /// <param name="height">The height in pixels.</param>
    /// <param name="fill">The colour.</param>
    public Picture(int width, int height, Rgb fill = default)
    {
        CheckSize(width, height);
        Width = width;
        Height = height;
        _pixels = new Rgb[width * height];
        Array.Fill(_pixels, fill);
    }

    /// <summary>The width in pixels.</summary>
    public int Width { get; }

    /// <summary>The height in pixels.</summary>
    public int Height { get; }

    internal ReadOnlySpan<Rgb> Pixels => _pixels;

    /// <summary>Gets or sets the colour of a pixel.</summary>
    /// <param name="x">The column, from 0 at the left.</param>
    /// <param name="y">The row, from 0 at the top.</param>
    public Rgb this[int x, int y]
    {
        get => _pixels[Index(x, y)];
        set => _pixels[Index(x, y)] = value;
    }

    /// <summary>Gets the pixels of a row, from the left.</summary>
    /// <param name="y">The row, from 0 at the top.</param>
    public ReadOnlySpan<Rgb> Row(int y) => _pixels.AsSpan(Index(0, y), Width);

    /// <summary>Enlarges every pixel to a square of pixels, which keeps small heatmaps sharp.</summary>
    /// <remarks>Skia's nearest neighbour takes as long and needs a copy of the pixels first.</remarks>
    /// <param name="factor">The side length of the square.</param>
    public Picture Enlarge(int factor)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(factor);
        if (factor == 1)
        {
            return this;
        }

        var larger = new Picture(checked(Width * factor), checked(Height * factor));
        for (var y = 0; y < larger.Height; y++)
        {
            for (var x = 0; x < larger.Width; x++)
            {
                larger[x, y] = this[x / factor, y / factor];
            }
        }

        return larger;
    }

    /// <summary>Copies a picture into this one; parts that lie outside are cut off.</summary>
    /// <param name="picture">The picture to copy.</param>
    /// <param name="left">The column of its left edge.</param>
    /// <param name="top">The row of its top edge.</param>
    public void Paste(Picture picture, int left, int top)
    {
        ArgumentNullException.ThrowIfNull(picture);
        for (var y = Math.Max(0, -top); y < picture.Height && top + y < Height; y++)
        {
            for (var x = Math.Max(0, -left); x < picture.Width && left + x < Width; x++)
            {
                this[left + x, top + y] = picture[x, y];
            }
        }
    }

    /// <summary>
    /// Resizes the picture as training pipelines do: with bilinear interpolation, antialiased when it shrinks, as in
    /// libtorch and Pillow.
    /// </summary>
    /// <param name="width">The new width in pixels.</param>
    /// <param name="height">The new height in pixels.</param>
    public Picture Resize(int width, int height)
    {
        // Skia is not used, because it skips pixels when a picture shrinks: noise of 1000 x 750 pixels, resized to 224
        // x 168, differs from the antialiased values by 37 of 255 levels on average.
        CheckSize(width, height);
        using var scope = torch.NewDisposeScope();
        var batch = InputPicture.ToTensor(this).unsqueeze(0);
        var resized = torch.nn.functional.interpolate(
            batch,
            [height, width],
            mode: torch.InterpolationMode.Bilinear,
            align_corners: false,
            antialias: true
        );
        return InputPicture.Render(resized[0], mean: [0, 0, 0]);
    }

    /// <summary>
    /// Loads a PNG, JPEG or WebP file, whatever its extension. Photos are rotated upright as their metadata says, and
    /// transparent pixels become white. Colour profiles are not applied, as is usual when models are trained on photos.
    /// </summary>
    /// <param name="path">The path of the file.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file has a different format, or is damaged or cut off.</exception>
    public static Picture Load(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return PictureFile.Decode(File.ReadAllBytes(path), path);
    }

    /// <summary>Saves the picture in the format of the file's extension; missing folders are created.</summary>
    /// <param name="path">
    /// The path of the file: <c>.png</c> and <c>.webp</c> are lossless, <c>.jpg</c> is nearly so.
    /// </param>
    /// <exception cref="ArgumentException">
    /// The extension is unknown, or the picture is too large for the format.
    /// </exception>
    public void Save(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var bytes = PictureFile.Encode(this, PictureFile.FormatOf(path));
        if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder)
        {
            Directory.CreateDirectory(folder);
        }

        File.WriteAllBytes(path, bytes);
    }

    /// <summary>The picture as the bytes of a PNG file.</summary>
    public byte[] ToPng() => PictureFile.Encode(this, SKEncodedImageFormat.Png);

    /// <summary>The picture as a <c>data:</c> URI, to embed it in a page.</summary>
    public string ToDataUri() => "data:image/png;base64," + Convert.ToBase64String(ToPng());

    /// <summary>Draws on the pixels with Skia, in place.</summary>
    internal unsafe void Draw(Action<SKCanvas> drawing)
    {
        fixed (Rgb* pixels = _pixels)
        {
            using var surface = SKSurface.Create(PictureFile.InfoOf(this), (nint)pixels);
            drawing(surface.Canvas);
        }
    }

    private static void CheckSize(int width, int height)
    {
        if (width < 1 || height < 1 || (long)width * height > Array.MaxLength)
        {
            throw new ArgumentOutOfRangeException(
                $"A picture needs 1 to {Array.MaxLength} pixels and cannot have {width} x {height}.",
                (Exception?)null
            );
        }
    }

    private int Index(int x, int y)
    {
        if ((uint)x >= (uint)Width || (uint)y >= (uint)Height)
        {
            throw new ArgumentOutOfRangeException(
                $"Pixel ({x}, {y}) lies outside a picture of {Width} x {Height}.",
                (Exception?)null
            );
        }

        return (y * Width) + x;
    }
}
