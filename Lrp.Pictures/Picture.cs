using SkiaSharp;
using TorchSharp;

namespace Lrp.Pictures;

/// <summary>A picture: rows of colours from the top left, read from a file, saved as one, or put into a page.</summary>
/// <remarks>It owns no native memory: there is nothing to dispose.</remarks>
public sealed class Picture
{
    private readonly Rgb[] _pixels;

    /// <summary>A picture of one colour.</summary>
    /// <param name="width">Its width in pixels.</param>
    /// <param name="height">Its height in pixels.</param>
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
    /// <remarks>Written here: Skia's nearest neighbour takes as long and needs a copy of the pixels first.</remarks>
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

    /// <summary>The picture in another size, as training pipelines resize photos: linear between pixels, and the mean
    /// of those that fall together when it shrinks (libtorch's antialiased bilinear, which is Pillow's).</summary>
    /// <param name="width">The new width in pixels.</param>
    /// <param name="height">The new height in pixels.</param>
    public Picture Resize(int width, int height)
    {
        // Not by Skia, which skips pixels where a picture shrinks: noise of 1000 x 750 pixels, resized to 224 x 168,
        // comes out 37 of 255 levels away from the antialiased values on average.
        CheckSize(width, height);
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor batch = InputPicture.ToTensor(this).unsqueeze(0);
        torch.Tensor resized = torch.nn.functional.interpolate(
            batch, [height, width], mode: torch.InterpolationMode.Bilinear, align_corners: false, antialias: true);
        return InputPicture.Render(resized[0], mean: [0, 0, 0]);
    }

    /// <summary>Reads a PNG, JPEG or WebP file, whatever its name. Photos are turned upright, and what is transparent
    /// becomes white; colour profiles are not applied, as they are not when models are trained on photos.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is none of these, or is damaged or cut off.</exception>
    public static Picture Load(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return PictureFile.Decode(File.ReadAllBytes(path), path);
    }

    /// <summary>Saves the picture in the format that the file's extension names; missing folders are made.</summary>
    /// <param name="path">The file: <c>.png</c> and <c>.webp</c> keep every pixel, <c>.jpg</c> nearly.</param>
    /// <exception cref="ArgumentException">The extension is another, or the picture too large for it.</exception>
    public void Save(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        byte[] bytes = PictureFile.Encode(this, PictureFile.FormatOf(path));
        if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder)
        {
            Directory.CreateDirectory(folder);
        }

        File.WriteAllBytes(path, bytes);
    }

    /// <summary>The picture as the bytes of a PNG file.</summary>
    public byte[] ToPng() => PictureFile.Encode(this, SKEncodedImageFormat.Png);

    /// <summary>The picture as a <c>data:</c> URI, so that a page can hold it without a second file.</summary>
    public string ToDataUri() => "data:image/png;base64," + Convert.ToBase64String(ToPng());

    /// <summary>Lets Skia draw over the pixels, which it changes in place.</summary>
    internal unsafe void Draw(Action<SKCanvas> drawing)
    {
        fixed (Rgb* pixels = _pixels)
        {
            using SKSurface surface = SKSurface.Create(PictureFile.InfoOf(this), (nint)pixels);
            drawing(surface.Canvas);
        }
    }

    private static void CheckSize(int width, int height)
    {
        if (width < 1 || height < 1 || (long)width * height > Array.MaxLength)
        {
            throw new ArgumentOutOfRangeException(
                $"A picture has a pixel a side or more and at most {Array.MaxLength} in all; not {width} x {height}.",
                (Exception?)null);
        }
    }

    private int Index(int x, int y)
    {
        if ((uint)x >= (uint)Width || (uint)y >= (uint)Height)
        {
            throw new ArgumentOutOfRangeException(
                $"Pixel ({x}, {y}) lies outside a picture of {Width} x {Height}.", (Exception?)null);
        }

        return (y * Width) + x;
    }
}
