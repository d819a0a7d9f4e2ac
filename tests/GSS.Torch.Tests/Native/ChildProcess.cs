using System.Diagnostics;
using System.Runtime.CompilerServices;
using GSS.Torch;

namespace GSS.Tests.Native;

/// <summary>Runs one task in a fresh process, for what can be tried only once in each: loading the native library.</summary>
internal static class ChildProcess
{
    private const string TaskVariable = "GSS_TEST_CHILD";

    private static readonly Dictionary<string, Action> s_tasks = new()
    {
        ["use without libtorch"] = () => RuntimeHelpers.RunModuleConstructor(typeof(TorchNative).Module.ModuleHandle),
        ["load"] = () => TorchNative.EnsureLoaded(),
        ["torch, then load"] = () =>
        {
            TorchNativeTests.UseTorch();
            TorchNativeTests.Load();
        },
        ["load and tell how threads wait"] = () =>
        {
            TorchNative.EnsureLoaded();
            Console.WriteLine(string.Join(' ', TorchNativeTests.Native("OMP_WAIT_POLICY"), TorchNativeTests.Native("GOMP_SPINCOUNT")));
        },
        ["load and free memory"] = () =>
        {
            TorchNative.EnsureLoaded();
            Console.WriteLine(FreedMemoryTests.StaysResident() ? "stays" : "goes back");
        },
        ["train"] = TinyTraining.Child,
        ["convolve after load"] = () =>
        {
            TorchNative.EnsureLoaded();
            TorchNativeTests.Convolve();
        },
        ["convolve before load"] = () =>
        {
            RuntimeHelpers.RunModuleConstructor(typeof(TorchNative).Module.ModuleHandle);
            TorchNativeTests.Convolve();
        },
    };

    /// <summary>What the task printed: its process's /proc/self/maps after "done", or the exception's name and message.</summary>
    public static string Run(string task, params (string Name, string Value)[] environment)
    {
        using Process child = Start(task, environment);
        string output = child.StandardOutput.ReadToEnd();
        child.WaitForExit();
        return output;
    }

    /// <summary>Starts a task, whose output the caller reads.</summary>
    public static Process Start(string task, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true };
        if (Path.GetFileNameWithoutExtension(start.FileName) == "dotnet") start.ArgumentList.Add(typeof(ChildProcess).Assembly.Location);
        start.Environment.Remove(LibtorchLoader.Variable);
        start.Environment[TaskVariable] = task;
        start.Environment["OMP_NUM_THREADS"] = "1"; // As in the tests themselves: TorchThreads.
        foreach ((string name, string value) in environment) start.Environment[name] = value.Length > 0 ? value : null;
        return Process.Start(start)!;
    }

    // Runs in place of the tests when this assembly is started as a child.
    [ModuleInitializer]
    internal static void BeChild()
    {
        if (Environment.GetEnvironmentVariable(TaskVariable) is not { } task) return;
        try
        {
            s_tasks[task]();
            Console.WriteLine("done");
            if (OperatingSystem.IsLinux()) Console.WriteLine(File.ReadAllText("/proc/self/maps"));
        }
        catch (Exception e)
        {
            Console.WriteLine($"{e.GetType().Name}: {e.Message}");
        }

        Environment.Exit(0);
    }
}
