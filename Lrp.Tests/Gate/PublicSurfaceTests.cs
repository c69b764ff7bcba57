namespace Lrp.Tests.Gate;

/// <summary>How each kind of member is written; the list itself was made in this format.</summary>
public class PublicSurfaceTests
{
    [TestCase("public class A { public A(long n) { } }", "A..ctor(System.Int64 n)")]
    [TestCase("public class A { protected A() { } }", "A..ctor() : protected")]
    [TestCase("public class A { public void f(params int[] x) { } }", "A.f(params System.Int32[] x) : System.Void")]
    [TestCase("public class A { public bool f(out int x, ref A y, in long z) { x = 0; return true; } }", "A.f(out System.Int32 x, ref A y, in System.Int64 z) : System.Boolean")]
    [TestCase("public class A { public virtual void f() { } }", "A.f() : virtual System.Void")]
    [TestCase("public class A { public override string ToString() => \"\"; }", "A.ToString() : virtual System.String")]
    [TestCase("public abstract class A { protected abstract void f(); }", "A.f() : protected abstract System.Void")]
    [TestCase("public class A { public static T f<T>(T[] x) where T : A => x[0]; }", "A.f<T>(T[] x) : static T")]
    [TestCase("public class A { public static A operator +(A a, A b) => a; }", "A.op_Addition(A a, A b) : static A")]
    [TestCase("public class A { public (int, string) f(int? x = null) => default; }", "A.f(System.Nullable<System.Int32> x = null) : System.ValueTuple<System.Int32, System.String>")]
    [TestCase("public class A { public void f(double x = 1e-8, float y = 0.1f, string z = \"mean\") { } }", "A.f(System.Double x = 1E-08, System.Single y = 0.1, System.String z = \"mean\") : System.Void")]
    [TestCase("public enum E { No, Yes = 4 } public class A { public void f(E x = E.Yes) { } }", "A.f(E x = Yes) : System.Void")]
    [TestCase("public enum E { No, Yes = 4 }", "E.Yes = 4")]
    [TestCase("public class A { public void f(System.ReadOnlySpan<long> x = default) { } }", "A.f(System.ReadOnlySpan<System.Int64> x = null) : System.Void")]
    [TestCase("public class A { public int[,] f(int[][] x) => null; }", "A.f(System.Int32[][] x) : System.Int32[,]")]
    [TestCase("public class A { public int P { get; private set; } }", "A.P { get; } : System.Int32")]
    [TestCase("public class A { public static int P { get; set; } }", "A.P { get; set; } : static System.Int32")]
    [TestCase("public class A { public int this[params long[] at] { get => 0; set { } } }", "A.Item[params System.Int64[] at] { get; set; } : System.Int32")]
    [TestCase("public class A { public static readonly int F; }", "A.F : static readonly System.Int32")]
    [TestCase("public class A { public const int F = 1; }", "A.F : const System.Int32")]
    [TestCase("public class A<T> { public class B { } public B f() => null; }", "A<T>.f() : A.B<T>")]
    [TestCase("public static class A { }", "A : static class")]
    [TestCase("public delegate int D(int x);", "D.Invoke(System.Int32 x) : virtual System.Int32")]
    [TestCase("public class A : System.IDisposable { public void Dispose() { } } public sealed class B : A { }", "B : sealed class : A, System.IDisposable")]
    public void MemberIsWrittenAsInTheList(string source, string line) =>
        Assert.That(Lines(source), Has.Member(line));

    [TestCase("internal class A { public void f() { } }")]
    [TestCase("public class B { private protected class A { public void f() { } } internal void f() { } private int x; }")]
    public void InvisibleMembersAreNoPartOfTheSurface(string source) =>
        Assert.That(Lines(source), Has.None.Contains(".f").And.None.Contains(".x"));

    private static IEnumerable<string> Lines(string source) => PublicSurface.Of(Fixture.Compile("Surface", source)).Select(member => member.Line);
}
