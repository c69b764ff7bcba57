namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        /// <summary>
        /// A module with hooks: functions that run before and after its forward when it is called with <c>call</c>,
        /// and do not when <c>forward</c> is called directly.
        /// </summary>
        public class HookableModule<TPreHook, TPostHook> : Module
        {
            protected Dictionary<string, TPreHook> pre_hooks = new();
            protected Dictionary<string, TPostHook> post_hooks = new();
            protected Dictionary<string, Action<Module>> module_pre_hooks = new();
            protected Dictionary<string, Action<Module>> module_post_hooks = new();

            protected HookableModule(string name)
                : base(name)
            {
            }

            internal HookableModule()
            {
            }

            /// <summary>Adds a hook that sees inputs and output after each call, and may return another output.</summary>
            public HookRemover register_forward_hook(TPostHook hook) => Register(post_hooks, hook);

            /// <summary>Adds a hook that sees the inputs before each call, and may return others.</summary>
            public HookRemover register_forward_pre_hook(TPreHook hook) => Register(pre_hooks, hook);

            /// <summary>Adds a hook that runs at the end of each call.</summary>
            public HookRemover register_forward_hook(Action<Module> hook) => Register(module_post_hooks, hook);

            /// <summary>Adds a hook that runs at the start of each call.</summary>
            public HookRemover register_forward_pre_hook(Action<Module> hook) => Register(module_pre_hooks, hook);

            /// <summary>Runs the hooks that see nothing but the module.</summary>
            internal void Run(Dictionary<string, Action<Module>> hooks)
            {
                if (hooks.Count == 0) return;
                foreach (var hook in hooks.Values) hook(this);
            }

            private HookRemover Register<THook>(Dictionary<string, THook> hooks, THook hook)
            {
                var key = Guid.NewGuid().ToString();
                hooks.Add(key, hook);
                return new HookRemover(this, key);
            }

            private void Remove(string key)
            {
                if (pre_hooks.Remove(key) || post_hooks.Remove(key) || module_pre_hooks.Remove(key)) return;
                module_post_hooks.Remove(key);
            }

            /// <summary>What takes one hook away again.</summary>
            public class HookRemover
            {
                private readonly HookableModule<TPreHook, TPostHook> _module;
                private readonly string _key;

                public HookRemover(HookableModule<TPreHook, TPostHook> module, string key)
                {
                    _module = module;
                    _key = key;
                }

                /// <summary>Takes the hook away; a second time does nothing.</summary>
                public void remove() => _module.Remove(_key);
            }
        }
    }
}
