import { Interaction } from "@web/public/interaction";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";

const LONGEST_SIDE = 1600;

/**
 * Shrinks photos before they are sent, which also leaves out where they were taken, and shows
 * what will be. Without it the two fields are there and work.
 */
export class ReturnPhotos extends Interaction {
    static selector = ".o_aftersales_photos";
    dynamicContent = {
        "input[type=file]": { "t-on-change": this.onAdd },
        ".o_aftersales_previews": { "t-on-click": this.onRemove },
    };

    setup() {
        this.files = [];
        this.input = this.el.querySelector("input[multiple]");
        const form = this.el.closest("form");
        this.most = Number(form.dataset.photoCount);
        this.megabytes = Number(form.dataset.photoMegabytes);
    }

    start() {
        for (const input of this.el.querySelectorAll("input")) {
            input.classList.replace("form-control", "btn-check");
            input.style.width = 0; // it is not seen, and widens no page
        }
    }

    async onAdd(ev) {
        const added = [...ev.currentTarget.files];
        ev.currentTarget.value = "";
        this.say(this.files.length + added.length > this.most ? _t("At most %s photos.", this.most) : "");
        const before = this.files.length;
        this.files.push(...added.slice(0, this.most - before));
        // Whoever sends at once sends them as they are.
        this.keep();
        const small = await this.waitFor(Promise.all(this.files.slice(before).map((file) => this.shrink(file))));
        this.files.splice(before, small.length, ...small.filter((file) => this.fits(file)));
        this.keep();
        this.render();
    }

    onRemove(ev) {
        const button = ev.target.closest("button");
        if (button) {
            this.files.splice(Number(button.dataset.index), 1);
            this.keep();
            this.render();
            this.input.focus();
        }
    }

    fits(file) {
        const fits = file.size <= this.megabytes * 1024 * 1024;
        if (!fits) {
            this.say(_t("%(name)s is larger than %(megabytes)s MB.", { name: file.name, megabytes: this.megabytes }));
        }
        return fits;
    }

    async shrink(file) {
        try {
            const picture = await createImageBitmap(file);
            const scale = Math.min(1, LONGEST_SIDE / Math.max(picture.width, picture.height));
            const canvas = document.createElement("canvas");
            canvas.width = Math.round(picture.width * scale);
            canvas.height = Math.round(picture.height * scale);
            const context = canvas.getContext("2d");
            context.fillStyle = "white";
            context.fillRect(0, 0, canvas.width, canvas.height);
            context.drawImage(picture, 0, 0, canvas.width, canvas.height);
            const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.85));
            return new File([blob], file.name.replace(/\.\w+$/, "") + ".jpg", { type: "image/jpeg" });
        } catch {
            return file; // the server knows more kinds of pictures than this browser
        }
    }

    keep() {
        const transfer = new DataTransfer();
        this.files.forEach((file) => transfer.items.add(file));
        this.input.files = transfer.files;
    }

    render() {
        const previews = this.el.querySelector(".o_aftersales_previews");
        previews.querySelectorAll("img").forEach((image) => URL.revokeObjectURL(image.src));
        previews.replaceChildren(...this.files.map((file, index) => this.preview(file, index)));
    }

    preview(file, index) {
        const box = document.createElement("div");
        box.className = "position-relative";
        const image = document.createElement("img");
        Object.assign(image, { src: URL.createObjectURL(file), alt: file.name, width: 72, height: 72 });
        image.className = "rounded border object-fit-cover";
        const button = document.createElement("button");
        button.type = "button";
        button.className = "btn btn-sm btn-light border position-absolute top-0 end-0 px-2 py-0";
        button.dataset.index = index;
        button.textContent = "×";
        button.setAttribute("aria-label", _t("Remove %s", file.name));
        box.append(image, button);
        return box;
    }

    say(words) {
        const alert = this.el.querySelector("[role=alert]");
        alert.textContent = words;
        alert.classList.toggle("d-none", !words);
    }
}

registry.category("public.interactions").add("aftersales_portal.return_photos", ReturnPhotos);
