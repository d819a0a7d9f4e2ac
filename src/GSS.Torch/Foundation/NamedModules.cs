using static TorchSharp.torch.nn;

namespace GSS.Torch;

/// <summary>Nothing but names: a level in the path of a state name.</summary>
internal sealed class NamedModules : Module
{
    public NamedModules(IEnumerable<(string Name, Module Module)> modules)
        : base(nameof(NamedModules))
    {
        foreach ((string name, Module module) in modules)
        {
            register_module(name, module);
        }
    }

    /// <summary>TorchSharp would register every field once more under its own name; all components are registered by hand here.</summary>
    protected override void RegisterComponents()
    {
    }
}
