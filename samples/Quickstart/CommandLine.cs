using System.CommandLine;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using System.Globalization;
using GSS.Core;
using GSS.Torch;

namespace Quickstart;

/// <summary>What the command lines of the samples have in common.</summary>
internal static class CommandLine
{
    /// <summary>Parses and runs; a mistake on the command line ends with its sentence and exit code 1.</summary>
    public static int Invoke(RootCommand command, string[] arguments)
    {
        ParseResult parsed = command.Parse(arguments);
        if (parsed.Action is ParseErrorAction)
        {
            Console.Error.WriteLine(parsed.Errors[0].Message);
            Console.Error.WriteLine("Try --help.");
            return 1;
        }

        // Ctrl+C is answered by the run itself: it ends what it is at, and loses nothing.
        return parsed.Invoke(new InvocationConfiguration { ProcessTerminationTimeout = null, EnableDefaultExceptionHandler = false });
    }

    /// <summary>An option that takes a whole number.</summary>
    public static Option<int?> Whole(string name, string description, int least = 1, int? most = null, string helpName = "N") => new(name)
    {
        HelpName = helpName,
        Description = description,
        CustomParser = result =>
        {
            string text = result.Tokens.Single().Value;
            bool holds = int.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out int found) && found >= least && found <= (most ?? int.MaxValue);
            Require(result, holds, most is null
                ? string.Create(CultureInfo.InvariantCulture, $"{name} must be a whole number, {least} or more.")
                : string.Create(CultureInfo.InvariantCulture, $"{name} is '{text}', expected a whole number from {least} to {most}."));
            return holds ? found : null;
        },
    };

    /// <summary>What the library says in one sentence about data, options, files and the native library; anything else is a fault of the program and keeps its stack trace.</summary>
    public static bool IsForTheUser(Exception exception) =>
        exception is SegmentationDataException or SegmentationModelException or NativeLibraryException or WeightFileException or WorkspaceException or TrainingDivergedException
            or ArgumentException or IOException or UnauthorizedAccessException;

    /// <summary>Adds a mistake where something does not hold.</summary>
    public static void Require(SymbolResult result, bool holds, string message)
    {
        if (!holds)
        {
            result.AddError(message);
        }
    }
}
