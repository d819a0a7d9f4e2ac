using System.Runtime.InteropServices;

namespace GSS.Core;

/// <summary>
/// The environment that native libraries read. On Linux and macOS .NET keeps a copy of its own: what <see cref="Environment.SetEnvironmentVariable(string, string?)"/>
/// changes never reaches libc's <c>getenv</c>, so it is set there too.
/// </summary>
internal static partial class NativeEnvironment
{
    /// <summary>Gives a variable a value, unless the user has given it one, before the start of the process or in its code.</summary>
    /// <param name="name">The variable.</param>
    /// <param name="value">The value where the user said nothing.</param>
    /// <returns>The value that native libraries find from here on.</returns>
    public static string SetUnlessGiven(string name, string value)
    {
        string chosen = Environment.GetEnvironmentVariable(name) ?? value;
        Environment.SetEnvironmentVariable(name, chosen);
        if (!OperatingSystem.IsWindows())
        {
            SetEnvironment(name, chosen, overwrite: 1);
        }

        return chosen;
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetEnvironment(string name, string value, int overwrite);
}
