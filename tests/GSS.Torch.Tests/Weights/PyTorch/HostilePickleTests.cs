using GSS.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace GSS.Tests;

/// <summary>Pickles made to do harm: nothing is executed, and nothing costs more than its own size.</summary>
[TestClass]
public sealed class HostilePickleTests
{
    private static readonly float[] Two = [1, 2];

    [TestMethod]
    public void Calls_are_never_made()
    {
        using DisposeScope scope = TorchTest.NewScope();
        using var folder = new TemporaryFolder();
        string trace = folder.File("trace");

        // {'evil': os.system('touch …'), 'weight': tensor}, and the same by exec, NEWOBJ, BUILD, OBJ and INST.
        PickleWriter writer = new PickleWriter().Op("}(");
        writer.Text("evil").Global("posix", "system").Text($"touch {trace}").Op("\u0085R");
        writer.Text("worse").Global("builtins", "exec").Text($"open('{trace}', 'w')").Op("\u0085\u0081").Op("}").Text("__setstate__").Global("os", "system").Op("sb");
        writer.Text("old").Op("(").Global("os", "system").Text($"touch {trace}").Op("o");
        writer.Text("older").Op("(").Text($"touch {trace}").Op("ios\nsystem\n");
        writer.Text("weight").Tensor("0", 2, 0, [2], [1]).Op("u.");
        using WeightFile file = WeightFile.Open(new MemoryStream(PyTorchContainers.Zip(writer.Bytes(), storages: ("0", Two))), "evil.pth");
        CollectionAssert.AreEqual(new[] { "weight" }, file.Names.ToArray());
        CollectionAssert.AreEqual(Two, file.Read("weight").data<float>().ToArray());
        Assert.IsFalse(File.Exists(trace));
    }

    [TestMethod]
    public void A_dictionary_inside_itself_ends()
    {
        // d = {}; d['d'] = d
        byte[] pickle = new PickleWriter().Op("}").Put(0).Text("d").Get(0).Op("s.").Bytes();
        StringAssert.Contains(Both(pickle), "nests its tensors more than 64 levels deep");
    }

    [TestMethod]
    public void Laughs_by_the_billion_end()
    {
        // Forty dictionaries, each with the one before as both of its values: 2^40 ways to the innermost tensor.
        PickleWriter writer = new PickleWriter().Op("}").Text("w").Tensor("0", 2, 0, [2], [1]).Op("s").Put(0);
        for (byte i = 1; i <= 40; i++)
        {
            writer.Op("}(").Text("a").Get((byte)(i - 1)).Text("b").Get((byte)(i - 1)).Op("u").Put(i);
        }

        StringAssert.Contains(Both(writer.Op(".").Bytes()), "describes far more than a file of its size can hold");
    }

    [TestMethod]
    public void Tuples_nested_by_the_million_end()
    {
        PickleWriter writer = new PickleWriter().Op(")");
        writer.Raw([.. Enumerable.Repeat((byte)0x85, 1_000_000)]).Op(".");
        StringAssert.Contains(Both(writer.Bytes()), "describes far more than a file of its size can hold");
    }

    [TestMethod]
    public void Functions_nested_by_the_thousand_end()
    {
        // _rebuild_from_type_v2(_rebuild_from_type_v2, type, (_rebuild_from_type_v2, type, (…)), state)
        PickleWriter writer = new PickleWriter().Global("torch._tensor", "_rebuild_from_type_v2").Put(0).Op("0").Op(")");
        for (int i = 0; i < 20_000; i++)
        {
            writer.Put(1).Op("0(").Get(0).Get(0).Get(1).Op("Nt");
        }

        writer.Put(1).Op("0").Get(0).Get(1).Op("R.");
        StringAssert.Contains(Both(writer.Bytes()), "holds no named tensors");
    }

    [TestMethod]
    [DataRow("((((((((((", DisplayName = "marks")]
    [DataRow("}}}}}}}}}}", DisplayName = "dictionaries")]
    [DataRow("NNNNNNNNNN", DisplayName = "None")]
    [DataRow("]0]0]0]0]0", DisplayName = "lists thrown away")]
    public void Endless_instructions_end(string ten)
    {
        string message = Both(new PickleWriter().Op(string.Concat(Enumerable.Repeat(ten, 200_000))).Op(".").Bytes());
        Assert.IsTrue(message.Contains("describes far more", StringComparison.Ordinal) || message.Contains("piles up more than 100000 values", StringComparison.Ordinal)
            || message.Contains("nests more than 100000 levels", StringComparison.Ordinal), message);
    }

    [TestMethod]
    [DataRow("X\u00ff\u00ff\u00ff\u00ff", "announces 4294967295 bytes", DisplayName = "a string of 4 GB")]
    [DataRow("T\u00ff\u00ff\u00ff\u00ff", "announces -1 bytes", DisplayName = "a string of less than nothing")]
    [DataRow("\u008b\u00ff\u00ff\u00ff\u007f", "announces 2147483647 bytes", DisplayName = "an integer of 2 GB")]
    [DataRow("\u008d\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u007f", "announces 9223372036854775807 bytes", DisplayName = "a string of 8 EB")]
    [DataRow("}r\u00ff\u00ff\u00ff\u007f", "numbers a value 2147483647", DisplayName = "a memo of 2 G entries")]
    [DataRow("h\u0007.", "refers to value 7 of 0", DisplayName = "a value never remembered")]
    [DataRow("t.", "closes a list that was never opened", DisplayName = "no mark")]
    [DataRow("(K\u0001a.", "takes a value that is not there", DisplayName = "an append to nothing")]
    [DataRow(".", "takes a value that is not there", DisplayName = "nothing")]
    [DataRow("}(K\u0001u.", "has a key without a value", DisplayName = "half an entry")]
    [DataRow("\u0080\u0009N.", "pickle protocol 9", DisplayName = "a protocol of the future")]
    [DataRow("\u0082\u0001.", "unknown instruction 0x82", DisplayName = "an extension")]
    [DataRow("?.", "unknown instruction 0x3f", DisplayName = "no instruction")]
    [DataRow("N.", "holds no named tensors", DisplayName = "no weights")]
    public void Nonsense_is_told_in_one_sentence(string instructions, string expected)
        => StringAssert.Contains(Both([0x80, 2, .. instructions.Select(c => (byte)c)]), expected);

    [TestMethod]
    public void Long_names_are_refused()
    {
        StringAssert.Contains(Both(new PickleWriter().Op("c" + new string('x', 5000)).Bytes()), "a line of more than 1024 bytes");
        byte[] pickle = PickleWriter.StateDict(new string('x', 100_000), w => w.Tensor("0", 2, 0, [2], [1])).Bytes();
        StringAssert.Contains(Both(pickle), "a name of 100000 bytes");
    }

    [TestMethod]
    public void Names_stay_within_one_line_of_the_message()
    {
        byte[] pickle = PickleWriter.StateDict("line\r\nbreak" + new string('x', 5000), w => w.Tensor("0", 2, 1, [2], [1])).Bytes();
        string message = Both(pickle);
        StringAssert.Contains(message, "places tensor 'line??breakxxx");
        Assert.IsLessThan(700, message.Length);
    }

    /// <summary>Refused from both containers, with the same words.</summary>
    private static string Both(byte[] pickle)
    {
        string message = PyTorchFileTests.Refused(PyTorchContainers.Zip(pickle, storages: ("0", Two)));
        PyTorchFileTests.Refused(PyTorchContainers.Stream(pickle, ("0", Two)));
        return message;
    }
}
