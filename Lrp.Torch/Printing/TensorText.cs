using System.Globalization;
using System.Text;
using TorchSharp;
using static TorchSharp.torch;
using Style = TorchSharp.TensorStringStyle;

namespace Lrp.Torch.Printing;

/// <summary>A tensor as text, in the styles of TorchSharp.</summary>
internal sealed class TensorText
{
    private const string Ellipsis = "...";

    private readonly Tensor _tensor;
    private readonly long[] _shape;
    private readonly ScalarType _type;
    private readonly Array _values;
    private readonly string _format;
    private readonly CultureInfo _culture;
    private readonly string _newLine;

    private TensorText(Tensor tensor, string format, CultureInfo culture, string newLine)
    {
        _tensor = tensor;
        _shape = tensor.shape;
        _type = tensor.dtype;
        _values = Values(tensor);
        (_format, _culture, _newLine) = (format, culture, newLine);
    }

    /// <summary>"[2x3], type = Float32, device = cpu".</summary>
    internal static string Metadata(Tensor tensor) =>
        $"[{string.Join("x", tensor.shape)}], type = {tensor.dtype}, device = {tensor.device}";

    internal static string Render(Tensor tensor, Style style, string format, int width, CultureInfo culture, string newLine)
    {
        if (style == Style.Metadata || tensor.is_meta)
        {
            return Metadata(tensor);
        }

        var text = new TensorText(tensor, format, culture, newLine);
        return style switch
        {
            Style.Julia => text.Julia(width),
            Style.Numpy => text.Nested(0, 0, "[", "]", ", ", newLine, ""),
            Style.CSharp => text.CSharp(),
            _ => throw new System.ComponentModel.InvalidEnumArgumentException($"Unsupported tensor string style: {style}"),
        };
    }

    private static Array Values(Tensor tensor)
    {
        using Tensor detached = tensor.detach();
        using Tensor local = detached.cpu();
        using Tensor wide = tensor.is_complex() ? local.to_type(ScalarType.ComplexFloat64)
            : tensor.is_integral() ? local.to_type(ScalarType.Int64)
            : local.to_type(ScalarType.Float64);
        return tensor.is_complex() ? wide.data<System.Numerics.Complex>().ToArray()
            : tensor.is_integral() ? wide.data<long>().ToArray()
            : wide.data<double>().ToArray();
    }

    private string Value(long flat) => _values switch
    {
        long[] integers when _type == ScalarType.Bool => (integers[flat] != 0).ToString(_culture),
        long[] integers => integers[flat].ToString(CultureInfo.CurrentCulture),
        double[] reals => Real(reals[flat]),
        System.Numerics.Complex[] pairs => Complex(pairs[flat]),
        _ => "",
    };

    private string Real(double value) => _type == ScalarType.Float64 || _type == ScalarType.ComplexFloat64
        ? value.ToString(_format, _culture)
        : ((float)value).ToString(_format, _culture);

    private string Complex(System.Numerics.Complex value)
    {
        var text = new StringBuilder();
        if (value.Real != 0 || value.Imaginary == 0)
        {
            text.Append(Real(value.Real)).Append(value.Imaginary != 0 ? "+" : "");
        }

        return value.Imaginary == 0 ? text.ToString() : text.Append(Real(value.Imaginary)).Append('i').ToString();
    }

    private long Stride(int dim)
    {
        long stride = 1;
        for (int d = dim + 1; d < _shape.Length; d++)
        {
            stride *= _shape[d];
        }

        return stride;
    }

    // Indices that are shown of a dimension; -1 stands for those left out.
    private static IEnumerable<long> Shown(long size, int most)
    {
        int tail = most / 2;
        int head = most - tail;
        for (long k = 0; k < size; k++)
        {
            if (size > most && k == head)
            {
                yield return -1;
                k = size - tail;
            }

            yield return k;
        }
    }

    private string Nested(int dim, long offset, string open, string close, string between, string rowBreak, string suffix)
    {
        if (dim == _shape.Length)
        {
            return Value(offset) + (dim > 0 ? suffix : "");
        }

        bool last = dim == _shape.Length - 1;
        long stride = Stride(dim);
        var text = new StringBuilder(open);
        string indent = new(' ', dim + 1);
        string gap = last ? between : string.Concat(Enumerable.Repeat(rowBreak, _shape.Length - 1 - dim));
        bool first = true;
        foreach (long k in Shown(_shape[dim], last ? PrintOptions.MaxColumns : PrintOptions.MaxRows))
        {
            if (!first)
            {
                text.Append(last ? (k >= 0 && text[^1] == ' ' ? "" : gap) : gap);
            }

            if (!last && !first)
            {
                text.Append(indent);
            }

            first = false;
            text.Append(k < 0 ? (last ? "... " : Ellipsis) : Nested(dim + 1, offset + (k * stride), open, close, between, rowBreak, suffix));
        }

        return text.Append(close).ToString();
    }

    private static readonly Dictionary<ScalarType, (string Name, string Suffix)> s_literals = new()
    {
        [ScalarType.Bool] = ("bool", ""),
        [ScalarType.Byte] = ("byte", ""),
        [ScalarType.Int8] = ("sbyte", ""),
        [ScalarType.Int16] = ("short", ""),
        [ScalarType.Int32] = ("int", ""),
        [ScalarType.Int64] = ("long", "L"),
        [ScalarType.Float32] = ("float", "f"),
        [ScalarType.Float64] = ("double", ""),
        [ScalarType.BFloat16] = ("bfloat16", "f"),
        [ScalarType.Float16] = ("float16", "f"),
        [ScalarType.ComplexFloat32] = ("complex32", ""),
        [ScalarType.ComplexFloat64] = ("complex64", ""),
    };

    private string CSharp()
    {
        string head = Metadata(_tensor) + ", value = ";
        if (_shape.Length == 0)
        {
            return head + Value(0);
        }

        if (!s_literals.TryGetValue(_type, out (string Name, string Suffix) literal))
        {
            return Metadata(_tensor);
        }

        string type = $"{literal.Name} [{new string(',', _shape.Length - 1)}] ";
        if (_shape.Length == 1)
        {
            return head + type + Nested(0, 0, "{", "}", ", ", "," + _newLine, literal.Suffix);
        }

        long stride = Stride(0);
        var rows = Shown(_shape[0], PrintOptions.MaxRows)
            .Select(k => k < 0 ? Ellipsis : Nested(1, k * stride, "{", "}", ", ", "," + _newLine, literal.Suffix));
        return $"{head}{_newLine}{type}{{{_newLine} {string.Join($",{_newLine} ", rows)}{_newLine}}}";
    }

    private string Julia(int width)
    {
        var text = new StringBuilder(Metadata(_tensor));
        switch (_shape.Length)
        {
            case 0:
                return text.Append(", value = ").Append(Value(0)).ToString();
            case 1:
                text.Append(_newLine);
                AppendTable(text, 0, 1, _shape[0], width);
                return text.ToString();
            case 2:
                text.Append(_newLine);
                AppendTable(text, 0, _shape[0], _shape[1], width);
                return text.ToString();
            default:
                AppendMatrices(text, 0, 0, "", width);
                return text.ToString();
        }
    }

    private void AppendMatrices(StringBuilder text, int dim, long offset, string path, int width)
    {
        for (long k = 0; k < _shape[dim]; k++)
        {
            string here = path + k.ToString(CultureInfo.InvariantCulture) + ",";
            long start = offset + (k * Stride(dim));
            if (dim == _shape.Length - 3)
            {
                text.Append(_newLine).Append('[').Append(here).Append("..,..] =").Append(_newLine);
                AppendTable(text, start, _shape[^2], _shape[^1], width);
            }
            else
            {
                AppendMatrices(text, dim + 1, start, here, width);
            }
        }
    }

    private void AppendTable(StringBuilder text, long offset, long rows, long columns, int width)
    {
        var table = new List<List<string>>();
        for (long r = 0; r < rows; r++)
        {
            table.Add(Row(offset + (r * columns), columns, width));
        }

        int shown = table.Count == 0 ? 0 : table.Min(r => r.Count);
        int[] widths = [.. Enumerable.Range(0, shown).Select(c => table.Max(r => r[c].Length))];
        foreach (List<string> row in table)
        {
            for (int c = 0; c < shown; c++)
            {
                text.Append(' ').Append(row[c].PadLeft(widths[c]));
            }

            text.Append(shown < columns ? " " + Ellipsis : "").Append(_newLine);
        }
    }

    private List<string> Row(long offset, long columns, int width)
    {
        var row = new List<string>();
        for (long c = 0; c < columns; c++)
        {
            string value = Value(offset + c);
            if (width - value.Length - Ellipsis.Length - 1 < 0)
            {
                break;
            }

            row.Add(value);
            width -= value.Length + 1;
        }

        return row;
    }
}
