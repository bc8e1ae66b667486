"""The public names, in this one place: the package loads them from here, and type checkers read them here."""

from .assembly import Description as Description
from .assembly import build_block as build_block
from .assembly import build_model as build_model
from .assembly import build_operator as build_operator
from .assembly import describe as describe
from .assembly import list_operators as list_operators
from .datasets import Clip as Clip
from .datasets import DatasetSpec as DatasetSpec
from .datasets import Folds as Folds
from .datasets import Shares as Shares
from .datasets import dataset as dataset
from .errors import MixerkitError as MixerkitError
from .grid import Grid as Grid
from .grid import Site as Site
from .grid import Spectrogram as Spectrogram
from .layers import Mlp as Mlp
from .layers import activation as activation
from .operators import Law as Law
from .operators import Operator as Operator
from .operators import OperatorSpec as OperatorSpec
from .operators import TransformPair as TransformPair
from .operators import TransformSpec as TransformSpec
from .operators import operator as operator
from .operators import transform as transform
from .recipe import Recipe as Recipe
from .runner import Comparison as Comparison
from .runner import DataReport as DataReport
from .runner import Metrics as Metrics
from .runner import Prediction as Prediction
from .runner import Run as Run
from .runner import check_data as check_data
from .runner import compare as compare
from .runner import draw as draw
from .runner import measure_data as measure_data
from .runner import prepare_data as prepare_data
from .runner import resume as resume
from .runner import train as train
from .study import Study as Study
from .study import plan_study as plan_study
from .study import run_study as run_study
from .study import write_report as write_report

__version__: str
