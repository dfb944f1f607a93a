"""What the native API answers and takes, shape by shape, each with an example that a test validates."""

from __future__ import annotations

from quintant.server.native.shapes.artifact import ArtifactList, ArtifactPreviewShape, ArtifactShape
from quintant.server.native.shapes.base import RUN_ID, SHA, SWEEP_ID, T0, T1, T2, Extra, PresetName, Shape, example
from quintant.server.native.shapes.comparison import ComparisonShape
from quintant.server.native.shapes.created import Created
from quintant.server.native.shapes.creation import Axis, CreateBody, ExtendBody, Range
from quintant.server.native.shapes.entrance import ActiveRuns, Entrance
from quintant.server.native.shapes.estimate import ESTIMATE_EXAMPLE, EstimateShape
from quintant.server.native.shapes.event import EventPage, EventShape
from quintant.server.native.shapes.figure import FIGURE_EXAMPLE, FigureList, FigureShape
from quintant.server.native.shapes.folded import FOLDED_EXAMPLE, FoldedPage, FoldedRow
from quintant.server.native.shapes.lab import (
    HEADLINE_OF_LAB_EXAMPLE,
    LAB_EXAMPLE,
    HeadlineOfLab,
    JsonSchema,
    LabDetail,
    LabList,
    LabRow,
    PreviewShape,
)
from quintant.server.native.shapes.log import LogLineShape, LogPage
from quintant.server.native.shapes.page import PageShape, SectionShape
from quintant.server.native.shapes.preset import PRESET_EXAMPLE, ExpectedShape, PresetList, PresetShape
from quintant.server.native.shapes.record import RecordShape
from quintant.server.native.shapes.result import MetricShape, ResultShape, TableList, TableShape
from quintant.server.native.shapes.run import (
    DETAIL_EXAMPLE,
    HEADLINE_EXAMPLE,
    ROW_EXAMPLE,
    DifferingPart,
    Headline,
    RunDetail,
    RunPage,
    RunRow,
    WhyNotShape,
)
from quintant.server.native.shapes.summary import LookShape, PointShape, SweepSummary, VerdictShape
from quintant.server.native.shapes.sweep import (
    SWEEP_EXAMPLE,
    AnsweredShape,
    SweepAnswer,
    SweepDetail,
    SweepPage,
    SweepShape,
    UntilShape,
)
from quintant.server.native.shapes.verdict import ProblemOfConfig, ValidateBody, Verdict, Warned

__all__ = [
    "DETAIL_EXAMPLE",
    "ESTIMATE_EXAMPLE",
    "FIGURE_EXAMPLE",
    "FOLDED_EXAMPLE",
    "HEADLINE_EXAMPLE",
    "HEADLINE_OF_LAB_EXAMPLE",
    "LAB_EXAMPLE",
    "PRESET_EXAMPLE",
    "ROW_EXAMPLE",
    "RUN_ID",
    "SHA",
    "SWEEP_EXAMPLE",
    "SWEEP_ID",
    "T0",
    "T1",
    "T2",
    "ActiveRuns",
    "AnsweredShape",
    "ArtifactList",
    "ArtifactPreviewShape",
    "ArtifactShape",
    "Axis",
    "ComparisonShape",
    "CreateBody",
    "Created",
    "DifferingPart",
    "Entrance",
    "EstimateShape",
    "EventPage",
    "EventShape",
    "ExpectedShape",
    "ExtendBody",
    "Extra",
    "FigureList",
    "FigureShape",
    "FoldedPage",
    "FoldedRow",
    "Headline",
    "HeadlineOfLab",
    "JsonSchema",
    "LabDetail",
    "LabList",
    "LabRow",
    "LogLineShape",
    "LogPage",
    "LookShape",
    "MetricShape",
    "PageShape",
    "PointShape",
    "PresetList",
    "PresetName",
    "PresetShape",
    "PreviewShape",
    "ProblemOfConfig",
    "Range",
    "RecordShape",
    "ResultShape",
    "RunDetail",
    "RunPage",
    "RunRow",
    "SectionShape",
    "Shape",
    "SweepAnswer",
    "SweepDetail",
    "SweepPage",
    "SweepShape",
    "SweepSummary",
    "TableList",
    "TableShape",
    "UntilShape",
    "ValidateBody",
    "Verdict",
    "VerdictShape",
    "Warned",
    "WhyNotShape",
    "example",
]
