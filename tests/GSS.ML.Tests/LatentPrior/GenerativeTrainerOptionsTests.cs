using System.Reflection;
using GSS.Torch;

namespace GSS.ML.Tests;

/// <summary>The options of the estimators are those of the training underneath, and more: none may be lost on the way.</summary>
[TestClass]
public sealed class GenerativeTrainerOptionsTests
{
    // Written beside the record, as a record has one base: everything else is inherited.
    private static readonly string[] s_handedOn = [nameof(GenerativeOptions.Tokenizer), nameof(GenerativeOptions.TokenHead), nameof(GenerativeOptions.TokenDecoding), nameof(GenerativeOptions.ClassTiedTokens), nameof(GenerativeOptions.InteriorTokenShare), nameof(GenerativeOptions.KeptTokenShare), nameof(GenerativeOptions.TokenLossWeight), nameof(GenerativeOptions.AuxiliaryLossWeight)];

    [TestMethod]
    public void Every_option_reaches_the_training_underneath()
    {
        var options = new LatentPriorTrainer.Options();
        PropertyInfo[] wanted = [.. typeof(GenerativeOptions).GetProperties().Where(property => property.Name != nameof(GenerativeOptions.InverseWeights))];
        foreach (PropertyInfo property in wanted)
        {
            PropertyInfo source = options.GetType().GetProperty(property.Name)!;
            source.SetValue(options, OtherValue.Than(property.Name, source.GetValue(options)));
        }

        GenerativeOptions found = options.ToGenerativeOptions(), defaults = new();
        foreach (PropertyInfo property in wanted)
        {
            Assert.AreEqual(options.GetType().GetProperty(property.Name)!.GetValue(options), property.GetValue(found), property.Name);
            Assert.AreNotEqual(property.GetValue(defaults), property.GetValue(found), property.Name);
        }
    }

    [TestMethod]
    public void Only_what_cannot_be_inherited_is_handed_on() =>
        CollectionAssert.AreEquivalent(
            s_handedOn.Append(nameof(GenerativeOptions.InverseWeights)).ToArray(),
            typeof(GenerativeOptions).GetProperties(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly).Select(property => property.Name).ToArray());

    [TestMethod]
    public void Defaults_are_those_of_the_training_underneath() =>
        Assert.AreEqual($"{new GenerativeOptions()}", $"{new GenerativeSegmenter.Options().ToGenerativeOptions()}");
}
