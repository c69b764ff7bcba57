using Lrp.Core.State;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Lrp.Tests.Engine;

/// <summary>What a pass leaves in a model is taken back: references, values in place, history, positions.</summary>
[TestFixture]
public sealed class ModelStateTests
{
    private static IEnumerable<TestCaseData> Habits()
    {
        yield return Case("a field is reassigned", new Holder<Tensor>(ones(3)), (holder, x) => holder.Value = x * 2);
        yield return Case(
            "a slice of a field is written",
            new Holder<Tensor>(ones(3)),
            (holder, x) => holder.Value[..2] = x[..2]
        );
        yield return Case(
            "a slice of a view is written",
            new Holder<Tensor>(ones(4, 3)[2]),
            (holder, x) => holder.Value[..2] = x[..2]
        );
        yield return Case(
            "an expanded table is reassigned",
            new Holder<Tensor>(ones(1).expand(3)),
            (holder, x) => holder.Value = x
        );
        yield return Case(
            "a field without a value gets one",
            new Holder<Tensor?>(null),
            (holder, x) => holder.Value = x * 2
        );
        yield return Case(
            "a tuple is reassigned and its tensors disposed",
            new Holder<(Tensor, Tensor)>((ones(3), zeros(3))),
            (holder, x) =>
            {
                holder.Value.Item1.Dispose();
                holder.Value = (x, x * 2);
            }
        );
        yield return Case(
            "an array's entry is reassigned",
            new Holder<Tensor?[]>([null, ones(3)]),
            (holder, x) => (holder.Value[0], holder.Value[1]) = (x, x)
        );
        yield return Case(
            "a queue grows",
            new Holder<Queue<Tensor>>(new([ones(3)])),
            (holder, x) => holder.Value.Enqueue(x)
        );
        yield return Case(
            "a stack loses an entry and grows",
            new Holder<Stack<Tensor>>(new([ones(3), zeros(3)])),
            (holder, x) =>
            {
                holder.Value.Pop().Dispose();
                holder.Value.Push(x);
            }
        );
        yield return Case(
            "a linked list grows",
            new Holder<LinkedList<Tensor>>(new([ones(3)])),
            (holder, x) => holder.Value.AddLast(x)
        );
        yield return Case("a set grows", new Holder<HashSet<Tensor>>([ones(3)]), (holder, x) => holder.Value.Add(x));
        yield return Case(
            "an entry of an array of two dimensions is reassigned",
            new Holder<Tensor?[,]>(
                new Tensor?[,]
                {
                    { ones(3), null },
                }
            ),
            (holder, x) => (holder.Value[0, 0], holder.Value[0, 1]) = (x, x)
        );
        yield return Case("a list grows", new Holder<List<Tensor>>([ones(3)]), (holder, x) => holder.Value.Add(x));
        yield return Case(
            "a list loses an entry",
            new Holder<List<Tensor>>([ones(3), zeros(3)]),
            (holder, _) =>
            {
                holder.Value[0].Dispose();
                holder.Value.RemoveAt(0);
            }
        );
        yield return Case(
            "a dictionary grows, and its old entries are disposed",
            new Holder<GrowingCache>([]),
            (holder, x) => holder.Value.Update(0, x)
        );
        yield return Case(
            "an object of its own is written",
            new Holder<Slot>(new Slot { Keys = zeros(2, 3) }),
            (holder, x) => holder.Value.Write(x)
        );
        yield return Case(
            "an object of its own is made anew",
            new Holder<Slot?>(null),
            (holder, x) => holder.Value = new Slot { Keys = x.unsqueeze(0) }
        );
        yield return Case(
            "a struct in a dictionary is replaced",
            new Holder<Dictionary<string, Pair>>(new() { ["a"] = new Pair(ones(3), 1) }),
            (holder, x) => holder.Value["a"] = new Pair(x, 2)
        );
    }

    [TestCaseSource(nameof(Habits))]
    public void AModelIsAsItWas(Action check) => check();

    [Test]
    public void ABufferThatIsWrittenIsPutBack()
    {
        using var scope = NewDisposeScope();
        using var model = new Buffered();
        var x = ones(3).requires_grad_();
        using (ModelState.Capture(model))
        {
            model.call(x).backward();
        }

        Assert.That(model.Cache.sum().ToDouble(), Is.Zero);
        Assert.That(model.Cache.requires_grad, Is.False);
        Assert.That(model.named_buffers().Single().buffer, Is.SameAs(model.Cache));
    }

    [Test]
    public void AParameterIsNotPutBack()
    {
        using var scope = NewDisposeScope();
        using var model = nn.Linear(2, 2);
        using (ModelState.Capture(model))
        using (no_grad())
        {
            model.weight!.fill_(7);
        }

        Assert.That(model.weight!.sum().ToDouble(), Is.EqualTo(28));
    }

    [Test]
    public void RunningMeansOfTrainingArePutBack()
    {
        using var scope = NewDisposeScope();
        using var model = nn.Sequential(nn.BatchNorm1d(3));
        var means = ((BatchNorm1d)model[0]).running_mean!;
        using (ModelState.Capture(model))
        {
            model.call(randn(8, 3) + 5);
            Assert.That(means.abs().sum().ToDouble(), Is.GreaterThan(0));
        }

        Assert.That(means.abs().sum().ToDouble(), Is.Zero);
    }

    [Test]
    public void AModuleThatIsNoChildBelongsToTheModel()
    {
        using var scope = NewDisposeScope();
        using var hidden = new Buffered();
        using var model = new Holder<nn.Module>(hidden);
        using (ModelState.Capture(model))
        {
            hidden.call(ones(3));
        }

        Assert.That(hidden.Cache.sum().ToDouble(), Is.Zero);
    }

    [Test]
    public void APositionGoesBackWithTheCacheAndACountOfCallsStaysWithoutOne()
    {
        using var scope = NewDisposeScope();
        using var cached = new Buffered();
        using var counting = new Counting();
        using (ModelState.Capture(cached))
        using (ModelState.Capture(counting))
        {
            cached.call(ones(3));
            counting.call(ones(3));
        }

        Assert.That(cached.Position, Is.Zero);
        Assert.That(counting.Calls, Is.EqualTo(1));
    }

    [Test]
    public void ValuesOfInferenceModeArePutBackToo()
    {
        using var scope = NewDisposeScope();
        Tensor made;
        using (inference_mode())
        {
            made = ones(3);
        }

        using var model = new Holder<Tensor>(made);
        using (ModelState.Capture(model))
        using (inference_mode())
        {
            made.fill_(5);
        }

        Assert.That(model.Value.sum().ToDouble(), Is.EqualTo(3));
    }

    [Test]
    public void HistoryIsTakenAwayAndValuesStay()
    {
        using var scope = NewDisposeScope();
        var x = ones(3).requires_grad_();
        using var model = new Holder<List<Tensor>>([x * 2, x.expand(2, 3), x]);
        ModelState.DetachHistory(model);
        Assert.That(model.Value[0].requires_grad || model.Value[1].requires_grad, Is.False);
        Assert.That(model.Value[0].sum().ToDouble() + model.Value[1].sum().ToDouble(), Is.EqualTo(12));
        Assert.That(model.Value[2], Is.SameAs(x), "a leaf has no history");
        Assert.That(x.requires_grad, Is.True);
    }

    /// <summary>Two passes with a backward pass each, after both of which the model reads as before.</summary>
    private static TestCaseData Case<T>(string name, Holder<T> model, Action<Holder<T>, Tensor> habit)
    {
        return new TestCaseData((Action)Check).SetArgDisplayNames(name);

        void Check()
        {
            using var scope = NewDisposeScope();
            model.Habit = habit;
            var before = Read(model);
            var x = ones(3).requires_grad_();
            using (var state = ModelState.Capture(model))
            {
                for (var pass = 0; pass < 2; pass++)
                {
                    model.call(x).backward();
                    state.Restore();
                    Assert.That(Read(model), Is.EqualTo(before), $"after pass {pass}");
                }

                using (no_grad())
                {
                    model.call(x);
                }
            }

            Assert.That(Read(model), Is.EqualTo(before));
            Assert.That(new StateGraph(model).Tensors, Has.None.Property(nameof(Tensor.requires_grad)).True);
        }
    }

    private static List<string> Read<T>(Holder<T> model) =>
        [
            .. new StateGraph(model).Tensors.Select(tensor => tensor.ToString(torch.numpy)).Order(),
            .. model.Value is Slot slot ? [$"{slot.Position}"] : Array.Empty<string>(),
        ];

    private sealed class Holder<T>(T value) : nn.Module<Tensor, Tensor>(nameof(Holder<T>))
    {
        public T Value = value;

        public Action<Holder<T>, Tensor>? Habit { get; set; }

        public override Tensor forward(Tensor input)
        {
            Habit?.Invoke(this, input);
            return input.sum();
        }
    }

    private sealed class Buffered : nn.Module<Tensor, Tensor>
    {
        public Tensor Cache = zeros(2, 3);

        public Buffered()
            : base(nameof(Buffered)) => RegisterComponents();

        public int Position { get; private set; }

        public override Tensor forward(Tensor input)
        {
            Cache[Position] = input;
            Position++;
            return Cache.sum();
        }
    }

    private sealed class Counting() : nn.Module<Tensor, Tensor>(nameof(Counting))
    {
        private readonly Tensor _table = ones(3);

        public int Calls { get; private set; }

        public override Tensor forward(Tensor input)
        {
            Calls++;
            return input * _table;
        }
    }

    private sealed class GrowingCache : Dictionary<int, (Tensor, Tensor)>
    {
        public void Update(int layer, Tensor added)
        {
            if (TryGetValue(layer, out var old))
            {
                this[layer] = (cat([old.Item1, added]), cat([old.Item2, added]));
                old.Item1.Dispose();
                old.Item2.Dispose();
            }
            else
            {
                Add(layer, (added * 1, added * 2));
            }
        }
    }

    private sealed class Slot
    {
        public required Tensor Keys { get; init; }

        public int Position { get; private set; }

        public void Write(Tensor row)
        {
            Keys[Position] = row;
            Position++;
        }
    }

    private readonly record struct Pair(Tensor Keys, int Length);
}
