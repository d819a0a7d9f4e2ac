using static TorchSharp.torch;

namespace GSS.Torch;

/// <summary>Networks live until they are disposed, whatever scope they were made in.</summary>
internal static class ModuleLifetime
{
    /// <summary>Takes all parameters, gradients excepted, and buffers out of the dispose scope that they were made in.</summary>
    public static void KeepBeyondScopes(this nn.Module module)
    {
        foreach (Tensor tensor in module.parameters().Cast<Tensor>().Concat(module.buffers()))
        {
            tensor.DetachFromDisposeScope();
        }
    }
}
