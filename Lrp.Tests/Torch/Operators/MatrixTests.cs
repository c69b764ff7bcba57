using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Tests.Torch.Operators;

/// <summary>Products and decompositions of matrices.</summary>
public class MatrixTests
{
    [Test]
    public void A_product_of_matrices_sums_rows_times_columns()
    {
        using Tensor a = TensorValues.Counting(2, 3), b = TensorValues.Counting(3, 2);
        double[] x = a.Values(), y = b.Values();
        double[] expected = [.. from i in Enumerable.Range(0, 2) from j in Enumerable.Range(0, 2) select Enumerable.Range(0, 3).Sum(k => x[3 * i + k] * y[2 * k + j])];
        Assert.That(a.matmul(b).Values(), Is.EqualTo(expected));
        Assert.That(mm(a, b).Values(), Is.EqualTo(expected));
    }

    [Test]
    public void A_batch_of_matrices()
    {
        using Tensor a = ones(4, 2, 3), b = ones(4, 3, 5);
        Assert.That(a.bmm(b).shape, Is.EqualTo(new long[] { 4, 2, 5 }));
        Assert.That(a.bmm(b).Values(), Is.All.EqualTo(3));
    }

    [Test]
    public void Vectors()
    {
        using Tensor v = tensor(new[] { 1f, 2f }), w = tensor(new[] { 3f, 4f });
        Assert.That(v.dot(w).item<float>(), Is.EqualTo(11));
        Assert.That(v.outer(w).Values(), Is.EqualTo(new double[] { 3, 4, 6, 8 }));
        Assert.That(TensorValues.Counting(2, 2).mv(v).Values(), Is.EqualTo(new double[] { 2, 8 }));
    }

    [Test]
    public void A_product_onto_a_matrix_is_scaled_by_beta_and_alpha() =>
        Assert.That(ones(2, 2).addmm(ones(2, 3), ones(3, 2), beta: 10, alpha: 2).Values(), Is.All.EqualTo(16));

    [Test]
    public void Sums_over_the_indices_that_the_result_lacks()
    {
        using Tensor a = TensorValues.Counting(2, 3), b = TensorValues.Counting(3, 4);
        Assert.That(einsum("ij,jk->ik", a, b).Values(), Is.EqualTo(a.matmul(b).Values()));
        Assert.That(einsum("ij->", a).item<float>(), Is.EqualTo(15));
        Assert.That(einsum("ii->i", eye(3)).Values(), Is.EqualTo(new double[] { 1, 1, 1 }));
    }

    [Test]
    public void Contracts_the_last_dimensions_with_the_first()
    {
        using Tensor a = TensorValues.Counting(2, 3, 4), b = TensorValues.Counting(3, 4, 5);
        using Tensor expected = a.reshape(2, 12).matmul(b.reshape(12, 5));
        Assert.That(tensordot(a, b).Values(), Is.EqualTo(expected.Values()));
        Assert.That(a.tensordot(b, [(1, 0), (2, 1)]).Values(), Is.EqualTo(expected.Values()));
    }

    [Test]
    public void An_inverse_undoes_its_matrix()
    {
        using Tensor a = tensor(new[,] { { 4.0, 7 }, { 2, 6 } });
        Assert.That(a.matmul(linalg.inv(a)).Values(), Is.EqualTo(new double[] { 1, 0, 0, 1 }).Within(1e-12));
        Assert.That(linalg.det(a).item<double>(), Is.EqualTo(10).Within(1e-12));
    }

    [Test]
    public void A_solution_satisfies_its_equation()
    {
        using Tensor a = tensor(new[,] { { 4.0, 7 }, { 2, 6 } }), b = tensor(new[,] { { 1.0 }, { 2 } });
        Assert.That(a.matmul(linalg.solve(a, b)).Values(), Is.EqualTo(b.Values()).Within(1e-12));
    }

    [Test]
    public void Decompositions_multiply_back()
    {
        using Tensor a = tensor(new[,] { { 4.0, 1 }, { 1, 3 } });
        var (u, s, vh) = linalg.svd(a);
        var (q, r) = linalg.qr(a);
        var (values, vectors) = linalg.eigh(a);
        using Tensor l = linalg.cholesky(a);
        Assert.Multiple(() =>
        {
            Assert.That(u.matmul(diag(s)).matmul(vh).Values(), Is.EqualTo(a.Values()).Within(1e-12));
            Assert.That(q.matmul(r).Values(), Is.EqualTo(a.Values()).Within(1e-12));
            Assert.That(vectors.matmul(diag(values)).matmul(vectors.T).Values(), Is.EqualTo(a.Values()).Within(1e-12));
            Assert.That(l.matmul(l.T).Values(), Is.EqualTo(a.Values()).Within(1e-12));
        });
    }

    [Test]
    public void Norms_of_matrices_and_vectors()
    {
        using Tensor a = tensor(new[,] { { 3.0, 0 }, { 0, -4 } });
        Assert.That(linalg.matrix_norm(a).item<double>(), Is.EqualTo(5).Within(1e-12));
        Assert.That(linalg.matrix_norm(a, 2.0).item<double>(), Is.EqualTo(4).Within(1e-12));
        Assert.That(linalg.vector_norm(a, 1).item<double>(), Is.EqualTo(7).Within(1e-12));
        Assert.That(linalg.norm(a, "fro").item<double>(), Is.EqualTo(5).Within(1e-12));
    }

    [Test]
    public void Distances_between_points()
    {
        using Tensor a = tensor(new[,] { { 0f, 0 } }), b = tensor(new[,] { { 3f, 4 }, { 0, 1 } });
        Assert.That(cdist(a, b).Values(), Is.EqualTo(new double[] { 5, 1 }).Within(1e-6));
    }

    [Test]
    public void A_spectrum_of_a_constant_has_one_line()
    {
        using Tensor spectrum = fft.fft_(ones(4));
        Assert.That(spectrum.real.Values(), Is.EqualTo(new double[] { 4, 0, 0, 0 }));
        Assert.That(fft.irfft(fft.rfft(TensorValues.Counting(4))).Values(), Is.EqualTo(new double[] { 0, 1, 2, 3 }).Within(1e-6));
        Assert.That(fft.ifft2(fft.fft2(eye(2))).real.Values(), Is.EqualTo(new double[] { 1, 0, 0, 1 }).Within(1e-6));
    }

    [Test]
    public void A_signal_comes_back_from_its_short_time_spectrum()
    {
        using Tensor signal = randn(64), window = hann_window(16);
        using Tensor spectrum = stft(signal, 16, 4, window: window, return_complex: true);
        Assert.That(spectrum.shape[0], Is.EqualTo(9));
        Assert.That(istft(spectrum, 16, 4, window: window, length: 64).Values(), Is.EqualTo(signal.Values()).Within(1e-5));
    }
}
