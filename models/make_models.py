#!/usr/bin/python3
"""Makes the bundled networks, their test data, pictures and manifest.json, beside this file."""
import hashlib
import json
import re
from pathlib import Path

import onnx
import sklearn
import torch
import torchvision
from onnx import numpy_helper
from PIL import Image

import digits_net
from authors_form import ShuffleNetV2Authors
from seeded import noise, seed_weights

HERE = Path(__file__).resolve().parent
CLASSES = 40
PICTURE_NAMES = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


def export(network, name, input_shape, opset):
    """BatchNorm stays and no constant is folded: that is left to the converter."""
    path = HERE / f"{name}.onnx"
    torch.onnx.export(
        network,
        torch.zeros(input_shape),
        str(path),
        opset_version=opset,
        training=torch.onnx.TrainingMode.PRESERVE,
        do_constant_folding=False,
        input_names=["input"],
        output_names=["logits"],
    )
    model = onnx.load(str(path))
    onnx.checker.check_model(model, full_check=True)
    check_weights(model, network)


def check_weights(model, network):
    """Every parameter and statistic must stand in the file, bit for bit, under its own name."""
    stored = {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    for name, tensor in network.state_dict().items():
        if not name.endswith("num_batches_tracked") and (stored[name] != tensor.numpy()).any():
            raise SystemExit(f"{model.graph.name}: {name} was not exported as it is")


def check_logits(network, input_shape):
    """A network whose answer hardly depends on its input would prove nothing."""
    inputs = [noise(input_shape, torch.Generator().manual_seed(seed)) for seed in range(4)]
    logits = torch.cat([network(x) for x in inputs])
    if logits.std(dim=0).min() < 0.01 or logits.std(dim=1).min() < 0.3:
        raise SystemExit("the logits hardly depend on the input or hardly differ by class")


def save_tensor(array, name, path):
    path.write_bytes(numpy_helper.from_array(array, name).SerializeToString())


def write_test_data(network, name, input_shape, seed):
    folder = HERE / name / "test_data_set_0"
    folder.mkdir(parents=True, exist_ok=True)
    x = noise(input_shape, torch.Generator().manual_seed(seed))
    save_tensor(x.numpy(), "input", folder / "input_0.pb")
    logits = network(x)
    save_tensor(logits.numpy(), "logits", folder / "output_0.pb")
    return logits


def write_network(network, name, description, input_shape, opset, seed):
    """Returns the manifest's entry."""
    export(network, name, input_shape, opset)
    check_logits(network, input_shape)
    logits = write_test_data(network, name, input_shape, seed)
    return {
        "name": name,
        "file": f"{name}.onnx",
        "description": description,
        "opset": opset,
        "parameters": sum(parameter.numel() for parameter in network.parameters()),
        "inputs": [{"name": "input", "shape": list(input_shape)}],
        "outputs": [{"name": "logits", "shape": list(logits.shape)}],
        "test_data": f"{name}/test_data_set_0",
    }


def write_torchvision():
    network = torchvision.models.shufflenet_v2_x0_5(weights=None, num_classes=CLASSES)
    shape = (1, 3, 224, 224)
    seed_weights(network, (2, 3, 224, 224), seed=1)
    description = f"torchvision's ShuffleNet V2 x0.5 with {CLASSES} classes, seeded weights"
    return write_network(network, "shufflenet_v2_x0_5", description, shape, opset=17, seed=11)


def write_authors():
    network = ShuffleNetV2Authors(CLASSES)
    shape = (1, 3, 224, 224)
    seed_weights(network, (2, 3, 224, 224), seed=2)
    description = f"the authors' form of ShuffleNet V2 x0.5 with {CLASSES} classes, seeded weights"
    name = "shufflenet_v2_x0_5_authors"
    return write_network(network, name, description, shape, opset=13, seed=12)


def write_digits():
    pixels, labels = digits_net.load_pictures()
    first_held_out = len(pixels) - digits_net.HELD_OUT
    with torch.enable_grad():
        network = digits_net.train(pixels[:first_held_out], labels[:first_held_out])
    logits = network(digits_net.normalize(pixels))
    correct = int((logits.argmax(1) == labels)[first_held_out:].sum())

    description = "a small ShuffleNet V2 trained on scikit-learn's handwritten digits"
    shape = (1, 1, digits_net.SIDE, digits_net.SIDE)
    entry = write_network(network, "digits", description, shape, opset=17, seed=13)
    (HERE / "digits" / "labels.txt").write_text("".join(f"{name}\n" for name in PICTURE_NAMES))
    entry["labels"] = "digits/labels.txt"
    entry["preprocessing"] = {
        "value": "(pixel * scale - mean) / std",
        "scale": digits_net.SCALE,
        "mean": digits_net.MEAN,
        "std": digits_net.STD,
    }
    entry["held_out"] = {
        "pictures": digits_net.HELD_OUT,
        "first": first_held_out,
        "correct": correct,
        "accuracy": round(correct / digits_net.HELD_OUT, 4),
    }
    entry["pictures"] = [
        write_picture(index, pixels, labels, logits)
        for index in first_of_each_class(labels, first_held_out)
    ]
    return entry


def first_of_each_class(labels, start):
    return [start + (labels[start:] == label).nonzero()[0].item() for label in range(10)]


def write_picture(index, pixels, labels, logits):
    """Returns the manifest's entry; `index` counts in scikit-learn's data set."""
    name = PICTURE_NAMES[labels[index]]
    Image.fromarray(pixels[index, 0].numpy()).save(HERE / "digits" / f"{name}.png")
    return {
        "file": f"digits/{name}.png",
        "index": index,
        "label": labels[index].item(),
        "predicted": logits[index].argmax().item(),
        "logits": [round(value, 5) for value in logits[index].tolist()],
    }


def hashes(networks):
    paths = []
    for network in networks:
        paths += [HERE / network["file"], *(HERE / network["name"]).rglob("*")]
    return {
        str(path.relative_to(HERE)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(paths)
        if path.is_file()
    }


def manifest_text(manifest):
    """JSON with each list of numbers on one line."""

    def join_lines(numbers):
        return f"[{' '.join(numbers[1].split())}]"

    text = json.dumps(manifest, indent=2)
    return re.sub(r"\[\s+([-0-9.,\s]+?)\s+\]", join_lines, text) + "\n"


def main():
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    with torch.no_grad():
        networks = [write_torchvision(), write_authors(), write_digits()]
    manifest = {
        "made_with": {
            "torch": torch.__version__,
            "torchvision": torchvision.__version__,
            "onnx": onnx.__version__,
            "scikit-learn": sklearn.__version__,
        },
        "networks": networks,
        "sha256": hashes(networks),
    }
    (HERE / "manifest.json").write_text(manifest_text(manifest))


if __name__ == "__main__":
    main()
