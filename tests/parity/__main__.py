"""Print docs/parity.md: python -m tests.parity > docs/parity.md"""

import sys

import torch

from tests.parity.page import page

if __name__ == "__main__":
    torch.set_num_threads(1)  # on tensors as small as these, threads wait for one another
    sys.stdout.write(page())
