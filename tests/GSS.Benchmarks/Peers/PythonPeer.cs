using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace GSS.Benchmarks;

/// <summary>
/// A Python process that has PyTorch and measures there, while the benchmark measures here. Both take turns: for each line it is sent, the number of
/// a work, the script does that work once and answers with the milliseconds that it took, so starting Python and talking to it are not counted.
/// </summary>
internal sealed class PythonPeer : IDisposable
{
    private const string Preamble = """
        import sys, time
        import torch
        torch.set_num_threads(1)
        torch.set_grad_enabled(False)
        def bytes_of(path):
            with open(path, "rb") as file:
                return bytearray(file.read())
        def serve(*works):
            print(torch.__version__, flush=True)
            for line in sys.stdin:
                start = time.perf_counter()
                works[int(line)]()
                print((time.perf_counter() - start) * 1000, flush=True)

        """;

    private readonly Process _process;

    private PythonPeer(Process process, string version) => (_process, Version) = (process, version);

    /// <summary>PyTorch's version.</summary>
    public string Version { get; }

    /// <summary>Starts a script that ends in <c>serve(work, …)</c>; null where there is no Python with PyTorch.</summary>
    /// <param name="script">Has <c>torch</c> on one thread and without gradients, <c>bytes_of(path)</c> and <c>serve</c>; its arguments are in <c>sys.argv[1:]</c>.</param>
    /// <param name="arguments">The script's arguments.</param>
    public static PythonPeer? TryStart(string script, params string[] arguments)
    {
        foreach (string python in new[] { "python3", "/usr/bin/python3", "python" })
        {
            var start = new ProcessStartInfo(python, ["-c", Preamble + script, .. arguments])
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            };
            try
            {
                Process process = Process.Start(start)!;
                process.ErrorDataReceived += (_, _) => { };
                process.BeginErrorReadLine();
                if (process.StandardOutput.ReadLine() is { } version)
                {
                    return new PythonPeer(process, version);
                }

                process.Dispose();
            }
            catch (Win32Exception)
            {
                // There is no such Python: the next one may be there.
            }
        }

        return null;
    }

    /// <summary>The most memory that the process had at any time, in MiB; not a number where the system does not say.</summary>
    public double PeakMebibytes => ProcessMemory.PeakMebibytes(_process.Id);

    /// <summary>Does a work once.</summary>
    /// <param name="work">Which of the works that the script serves, from 0.</param>
    /// <returns>The milliseconds it took, measured there.</returns>
    public double Milliseconds(int work = 0)
    {
        _process.StandardInput.WriteLine(work.ToString(CultureInfo.InvariantCulture));
        _process.StandardInput.Flush();
        string answer = _process.StandardOutput.ReadLine() ?? throw new BenchmarkException("The Python process that measures PyTorch ended by itself.");
        return double.Parse(answer, CultureInfo.InvariantCulture);
    }

    public void Dispose()
    {
        _process.StandardInput.Close();
        _process.WaitForExit();
        _process.Dispose();
    }
}
