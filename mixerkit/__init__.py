"""mixerkit: the construction kit for mixers, networks that learn by blending data along one perspective after another.

The public names stand in ``__init__.pyi``, and stay; everything else may move. They are loaded when they are first used, so that
``import mixerkit`` costs nothing and loads no torch.
"""

import lazy_loader

__version__ = "0.2.0"
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
